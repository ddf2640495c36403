import {
  BucketNotFoundError,
  ObjectStorePermissionError,
} from "../../../src/errors.ts";
import type { NewObject, StoredObject } from "../reference/backing.ts";
import type { Call, CallDetails } from "../reference/call.ts";
import { MemoryObjectStore } from "../reference/memory_store.ts";
import type { Mutant } from "./mutant.ts";
import { ofMemory } from "./of_memory.ts";

const SECRET = "Tr0ub4dor-and-3";

/** A store that the service refuses everything. */
abstract class Refused extends MemoryObjectStore {
  /** What each operation fails with. */
  protected abstract refusal(call: Call): Error;

  protected override askSize(call: Call): Promise<number> {
    return Promise.reject(this.refusal(call));
  }

  protected override createObject(call: Call): Promise<NewObject> {
    return Promise.reject(this.refusal(call));
  }

  protected override openObject(call: Call): Promise<StoredObject> {
    return Promise.reject(this.refusal(call));
  }
}

/** A store without permission; wrong for sizes. */
class WronglyForbidden extends Refused {
  protected refusal(call: Call): Error {
    return call.action.startsWith("get")
      ? this.notFound(call)
      : new ObjectStorePermissionError(
        `Cannot ${call.action} "${call.uri}"`,
        call,
      );
  }
}

/** A store without permission; wrong for uploads. */
class TransientlyForbidden extends Refused {
  protected refusal(call: Call): Error {
    return call.action === "upload"
      ? this.transient(call, "forbidden")
      : new ObjectStorePermissionError(
        `Cannot ${call.action} "${call.uri}"`,
        call,
      );
  }
}

/** A store without a bucket; wrong for listings, which find nothing. */
class EmptyMissing extends Refused {
  protected refusal(call: Call): Error {
    return new BucketNotFoundError(`Cannot ${call.action} "${call.uri}"`, call);
  }
}

/** A store without a bucket; wrong for downloads. */
class WronglyMissing extends Refused {
  protected refusal(call: Call): Error {
    return call.action === "download"
      ? this.notFound(call)
      : new BucketNotFoundError(`Cannot ${call.action} "${call.uri}"`, call);
  }
}

/** Stores whose errors about the service, or what they hold, are wrong. */
export const errServiceMutants: readonly Mutant[] = [
  ofMemory({
    group: "err",
    name: "err-forbidden-missing",
    description: "the size of a forbidden object is that of a missing one",
    subtle: true,
    caughtBy: ["ERR-5"],
    store: MemoryObjectStore,
    members: {
      capabilities: ["flat", "reopen", "list", "authz"],
      openForbidden: (ctx) => new WronglyForbidden(ctx),
    },
  }),
  ofMemory({
    group: "err",
    name: "err-forbidden-transient",
    description: "a forbidden upload is transient",
    caughtBy: ["ERR-5"],
    store: MemoryObjectStore,
    members: {
      capabilities: ["flat", "reopen", "list", "authz"],
      openForbidden: (ctx) => new TransientlyForbidden(ctx),
    },
  }),
  ofMemory({
    group: "err",
    name: "err-bucket-as-object",
    description: "a download from a missing bucket finds no object",
    subtle: true,
    caughtBy: ["ERR-6"],
    store: MemoryObjectStore,
    members: {
      capabilities: ["flat", "reopen", "list", "bucket"],
      openMissingBucket: (ctx) => new WronglyMissing(ctx),
    },
  }),
  ofMemory({
    group: "err",
    name: "err-missing-bucket-is-empty",
    description: "a missing bucket is listed as an empty one",
    subtle: true,
    caughtBy: ["ERR-6"],
    store: MemoryObjectStore,
    members: {
      capabilities: ["flat", "reopen", "list", "bucket"],
      openMissingBucket: (ctx) => new EmptyMissing(ctx),
    },
  }),
  ofMemory({
    group: "err",
    name: "err-secret-in-cause",
    description: "the cause of a missing object has the request's headers",
    subtle: true,
    caughtBy: ["ERR-12"],
    store: class extends MemoryObjectStore {
      protected override notFound(call: CallDetails): Error {
        const headers = { authorization: `Bearer ${SECRET}` };
        const cause = Object.assign(new Error("404"), { request: { headers } });
        return Object.assign(super.notFound(call), { cause });
      }
    },
    members: { secrets: [SECRET] },
  }),
  ofMemory({
    group: "err",
    name: "err-basic-in-cause",
    description: "the cause of a missing object has the request's Basic header",
    subtle: true,
    caughtBy: ["ERR-12"],
    store: class extends MemoryObjectStore {
      protected override notFound(call: CallDetails): Error {
        const headers = { authorization: `Basic ${btoa(`user:${SECRET}`)}` };
        const cause = Object.assign(new Error("404"), { request: { headers } });
        return Object.assign(super.notFound(call), { cause });
      }
    },
    members: { secrets: [SECRET] },
  }),
];
