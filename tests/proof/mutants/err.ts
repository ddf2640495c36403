import { stat } from "node:fs/promises";
import { ObjectStoreTransientError } from "../../../src/errors.ts";
import type {
  OperationOptions,
  UploadOptions,
} from "../../../src/object_store.ts";
import type { Call, CallDetails } from "../reference/call.ts";
import { MemoryObjectStore } from "../reference/memory_store.ts";
import { errServiceMutants } from "./err_service.ts";
import type { Mutant } from "./mutant.ts";
import { ofMemory } from "./of_memory.ts";

const errOwnMutants: readonly Mutant[] = [
  ofMemory({
    group: "err",
    name: "err-denos-name",
    description:
      "a missing object has the name of Deno's own class, NotFound, and the right code",
    subtle: true,
    caughtBy: ["ERR-1"],
    store: class extends MemoryObjectStore {
      protected override notFound(call: CallDetails): Error {
        const error = super.notFound(call);
        return Object.defineProperty(error, "name", { value: "NotFound" });
      }
    },
  }),
  ofMemory({
    group: "err",
    name: "err-key-as-name",
    description: "an error tells the name with the store's prefix",
    subtle: true,
    caughtBy: ["ERR-2"],
    store: class extends MemoryObjectStore {
      protected override notFound(call: CallDetails): Error {
        return super.notFound({ ...call, objectName: call.key });
      }
    },
  }),
  ofMemory({
    group: "err",
    name: "err-without-uri",
    description: "FileExistsError has no uri",
    caughtBy: ["ERR-2"],
    store: class extends MemoryObjectStore {
      protected override fileExists(call: CallDetails, path: string): Error {
        return Object.assign(super.fileExists(call, path), { uri: undefined });
      }
    },
  }),
  ofMemory({
    group: "err",
    name: "err-no-name-in-directories",
    description:
      "FileExistsError has no objectName where the destination is a directory",
    subtle: true,
    caughtBy: ["ERR-2"],
    store: class extends MemoryObjectStore {
      protected override fileExists(call: CallDetails, path: string): Error {
        const error = super.fileExists(call, path);
        return path === call.path
          ? error
          : Object.assign(error, { objectName: undefined });
      }
    },
  }),
  ofMemory({
    group: "err",
    name: "err-one-for-all-missing",
    description:
      "the first error for a missing object is thrown again for others",
    subtle: true,
    caughtBy: ["ERR-2"],
    store: class extends MemoryObjectStore {
      #first: Error | undefined;

      protected override notFound(call: CallDetails): Error {
        return this.#first ??= super.notFound(call);
      }
    },
  }),
  ofMemory({
    group: "err",
    name: "err-deletion-without-uri",
    description: "a deletion after close() does not tell the object's URI",
    subtle: true,
    hasPowers: true,
    caughtBy: ["ERR-2"],
    store: class extends MemoryObjectStore {
      protected override closed(
        call: Pick<CallDetails, "action"> & Partial<CallDetails>,
      ): Error {
        const { uri, ...rest } = call;
        const isTold = call.action !== "delete" || uri === undefined;
        return super.closed(isTold ? call : rest);
      }
    },
  }),
  ofMemory({
    group: "err",
    name: "err-transient-closed",
    description: "an upload after close() is transient",
    subtle: true,
    caughtBy: ["ERR-1", "ERR-4", "ERR-13", "CLS-2", "CLS-5", "CLS-7"],
    store: class extends MemoryObjectStore {
      protected override closed(call: Call): Error {
        return call.action === "upload"
          ? new ObjectStoreTransientError("Cannot upload: closed", call)
          : super.closed(call);
      }
    },
  }),
  ofMemory({
    group: "err",
    name: "err-transient-abort",
    description: "an abort is told as transient",
    caughtBy: ["ERR-4", "ERR-13", "ABT-1"],
    store: class extends MemoryObjectStore {
      protected override async run<T>(
        call: Call,
        action: () => Promise<T>,
      ): Promise<T> {
        if (!call.options.signal?.aborted) return await super.run(call, action);
        this.checkOpen(call);
        throw this.transient(call, "the caller has gone");
      }
    },
  }),
  ofMemory({
    group: "err",
    name: "err-source-before-name",
    description: "an upload looks at its source before it looks at the name",
    subtle: true,
    caughtBy: ["PUT-2", "ERR-7"],
    store: class extends MemoryObjectStore {
      override async uploadObject(
        objectName: string,
        filename: string | URL,
        options?: UploadOptions,
      ): Promise<void> {
        if (!options?.signal && !this.closing) await stat(filename);
        await super.uploadObject(objectName, filename, options);
      }
    },
  }),
  ofMemory({
    group: "err",
    name: "err-uri-unchecked",
    description: "getUri() does not look at the name",
    caughtBy: ["ERR-7", "ERR-13", "NAM-7", "NAM-12"],
    store: class extends MemoryObjectStore {
      override getUri(objectName: string): string {
        return this.uriOf(this.keyOf(`${objectName}`.toWellFormed()));
      }
    },
  }),
  ofMemory({
    group: "err",
    name: "err-blames-service",
    description: "a local file that is missing is a missing object",
    caughtBy: ["PUT-4", "ERR-8", "TRN-7"],
    store: class extends MemoryObjectStore {
      protected override translate(call: Call, error: unknown): unknown {
        const { code } = error as { code?: unknown };
        return code === "ENOENT" ? this.notFound(call) : error;
      }
    },
  }),
  ofMemory({
    group: "err",
    name: "err-loop-transient",
    description: "a loop of symbolic links as the source is transient",
    subtle: true,
    caughtBy: ["ERR-8"],
    store: class extends MemoryObjectStore {
      protected override translate(call: Call, error: unknown): unknown {
        const { code } = error as { code?: unknown };
        return code === "ELOOP" ? this.transient(call, "a loop") : error;
      }
    },
  }),
  ofMemory({
    group: "err",
    name: "err-throws",
    description: "getObjectSize() throws for an invalid name",
    caughtBy: ["ERR-2", "ERR-4", "ERR-10", "NAM-7"],
    mayBeCaughtBy: ["ABT-6"],
    store: class extends MemoryObjectStore {
      override getObjectSize(
        objectName: string,
        options?: OperationOptions,
      ): Promise<number> {
        this.checkName(objectName);
        return super.getObjectSize(objectName, options);
      }
    },
  }),
  ofMemory({
    group: "err",
    name: "err-throws-filename",
    description: "uploadObject() throws for a filename that is not one",
    subtle: true,
    caughtBy: ["ERR-10"],
    store: class extends MemoryObjectStore {
      override uploadObject(
        objectName: string,
        filename: string | URL,
        options?: UploadOptions,
      ): Promise<void> {
        if (typeof filename === "number") this.toPath(filename);
        return super.uploadObject(objectName, filename, options);
      }
    },
  }),
  ofMemory({
    group: "err",
    name: "err-throws-options",
    description: "getObjectSize() throws for options that are no object",
    subtle: true,
    caughtBy: ["ERR-10"],
    store: class extends MemoryObjectStore {
      override getObjectSize(
        objectName: string,
        options?: OperationOptions,
      ): Promise<number> {
        if (options !== undefined && typeof options !== "object") {
          throw new TypeError("options");
        }
        return super.getObjectSize(objectName, options);
      }
    },
  }),
  ofMemory({
    group: "err",
    name: "err-signal-before-closed",
    description: "the signal is looked at before whether the store is closed",
    subtle: true,
    caughtBy: ["ERR-13"],
    store: class extends MemoryObjectStore {
      protected override async run<T>(
        call: Call,
        action: () => Promise<T>,
      ): Promise<T> {
        call.options.signal?.throwIfAborted();
        return await super.run(call, action);
      }
    },
  }),
  ofMemory({
    group: "err",
    name: "err-object-before-destination",
    description: "a download asks for the object before it looks at the disk",
    caughtBy: ["OVW-4", "ERR-13"],
    store: class extends MemoryObjectStore {
      protected override async download(call: Call): Promise<void> {
        await this.askSize(call);
        await super.download(call);
      }
    },
  }),
  ofMemory({
    group: "err",
    name: "err-renamed",
    description: "InvalidObjectNameError has another name",
    subtle: true,
    caughtBy: ["ERR-14"],
    store: class extends MemoryObjectStore {
      protected override invalidName(name: string, reason: string): Error {
        return Object.assign(super.invalidName(name, reason), {
          name: "InvalidNameError",
        });
      }
    },
  }),
];

/** Stores whose errors are wrong. */
export const errMutants: readonly Mutant[] = [
  ...errOwnMutants,
  ...errServiceMutants,
];
