import type { HarnessContext } from "../../../conformance/model/harness.ts";
import { MemoryObjectStore, memoryPlace } from "../reference/memory_store.ts";
import type { Call } from "../reference/call.ts";
import type { NewObject } from "../reference/backing.ts";
import type { Mutant } from "./mutant.ts";
import { ofMemory } from "./of_memory.ts";

const SECRET = "correct-horse-battery";
let handles = 0;

/** Stores whose URIs are wrong. */
export const uriMutants: readonly Mutant[] = [
  ofMemory({
    group: "uri",
    name: "uri-looks-up",
    description: "getUri() throws for an object that is not there",
    caughtBy: [
      "URI-1",
      "URI-2",
      "URI-3",
      "URI-4",
      "URI-5",
      "URI-6",
      "ERR-2",
      "CON-5",
      "NAM-14",
    ],
    store: class extends MemoryObjectStore {
      readonly #place;
      constructor(ctx: HarnessContext) {
        super(ctx);
        this.#place = memoryPlace(ctx);
      }
      override getUri(objectName: string): string {
        const uri = super.getUri(objectName);
        if (this.#place.has(this.keyOf(objectName))) return uri;
        throw new Error(`${uri} does not exist`);
      }
    },
  }),
  ofMemory({
    group: "uri",
    name: "uri-after-not-found",
    description:
      "getUri() throws for a name that an operation has not found before",
    subtle: true,
    caughtBy: ["URI-1", "ERR-2"],
    store: class extends MemoryObjectStore {
      readonly #missing = new Set<string>();
      override getUri(objectName: string): string {
        if (!this.#missing.has(objectName)) return super.getUri(objectName);
        throw new Error(`${objectName} does not exist`);
      }
      protected override notFound(call: Call): Error {
        this.#missing.add(call.objectName);
        return super.notFound(call);
      }
    },
  }),
  ofMemory({
    group: "uri",
    name: "uri-of-version",
    description: "the URI tells a version once an object was replaced",
    subtle: true,
    caughtBy: ["URI-2"],
    store: class extends MemoryObjectStore {
      readonly #versions = new Map<string, number>();
      override getUri(objectName: string): string {
        const version = this.#versions.get(objectName) ?? 0;
        const uri = super.getUri(objectName);
        return version < 2 ? uri : `${uri};v=${version}`;
      }
      protected override async commitObject(
        call: Call,
        object: NewObject,
      ): Promise<void> {
        await super.commitObject(call, object);
        const version = this.#versions.get(call.objectName) ?? 0;
        this.#versions.set(call.objectName, version + 1);
      }
    },
  }),
  ofMemory({
    group: "uri",
    name: "uri-of-handle",
    description: "each handle puts a number of its own into the URI",
    subtle: true,
    caughtBy: ["URI-2", "ERR-2"],
    store: class extends MemoryObjectStore {
      readonly #number = ++handles;
      override getUri(objectName: string): string {
        return super.getUri(objectName).replace(":", `:${this.#number}/`);
      }
    },
  }),
  ofMemory({
    group: "uri",
    name: "uri-normalized",
    description: "the URI is of the name in normal form C",
    subtle: true,
    caughtBy: ["URI-3"],
    store: class extends MemoryObjectStore {
      protected override uriOf(key: string): string {
        return super.uriOf(key.normalize("NFC"));
      }
    },
  }),
  ofMemory({
    group: "uri",
    name: "uri-not-escaped",
    description: "the URI escapes a name only where it holds no escape yet",
    subtle: true,
    caughtBy: ["URI-3"],
    store: class extends MemoryObjectStore {
      protected override uriOf(key: string): string {
        const isEscaped = /%[0-9a-f]{2}/i.test(key);
        return isEscaped ? this.uriBase + key : super.uriOf(key);
      }
    },
  }),
  ofMemory({
    group: "uri",
    name: "uri-cut",
    description: "the URI is cut at 512 characters",
    subtle: true,
    caughtBy: ["URI-3"],
    store: class extends MemoryObjectStore {
      override getUri(objectName: string): string {
        return super.getUri(objectName).slice(0, 512);
      }
    },
  }),
  ofMemory({
    group: "uri",
    name: "uri-cut-late",
    description: "the URI is cut at 1500 characters",
    subtle: true,
    caughtBy: ["URI-3"],
    store: class extends MemoryObjectStore {
      override getUri(objectName: string): string {
        return super.getUri(objectName).slice(0, 1_500);
      }
    },
  }),
  ofMemory({
    group: "uri",
    name: "uri-relative",
    description: "the URI has no scheme",
    caughtBy: ["URI-4", "ERR-2"],
    store: class extends MemoryObjectStore {
      override getUri(objectName: string): string {
        return `/${this.keyOf(super.getUri(objectName))}`;
      }
    },
  }),
  ofMemory({
    group: "uri",
    name: "uri-with-suffix",
    description: "the URI's path goes on behind the name",
    caughtBy: ["URI-4", "ERR-2"],
    store: class extends MemoryObjectStore {
      override getUri(objectName: string): string {
        return `${super.getUri(objectName)};store=memory`;
      }
    },
  }),
  ofMemory({
    group: "uri",
    name: "uri-without-prefix",
    description: "the URI has the name only, without the store's prefix",
    caughtBy: ["URI-5"],
    store: class extends MemoryObjectStore {
      protected override uriOf(key: string): string {
        return super.uriOf(this.nameOf(key));
      }
    },
  }),
  ofMemory({
    group: "uri",
    name: "uri-with-end-of-prefix",
    description: "the URI has only the last segment of the prefix",
    subtle: true,
    caughtBy: ["URI-5"],
    store: class extends MemoryObjectStore {
      protected override uriOf(key: string): string {
        const above = this.prefix.lastIndexOf("/") + 1;
        return super.uriOf(key.slice(above));
      }
    },
  }),
  ofMemory({
    group: "uri",
    name: "uri-closed",
    description: "getUri() throws after close()",
    caughtBy: ["URI-6", "ERR-2", "ERR-13", "CLS-2"],
    store: class extends MemoryObjectStore {
      override getUri(objectName: string): string {
        this.checkOpen({ action: "get the URI" });
        return super.getUri(objectName);
      }
    },
  }),
  ofMemory({
    group: "uri",
    name: "uri-with-secret",
    description: "the URI has the password in its query",
    caughtBy: ["URI-7", "ERR-2"],
    members: { secrets: [SECRET] },
    store: class extends MemoryObjectStore {
      override getUri(objectName: string): string {
        return `${super.getUri(objectName)}?password=${SECRET}`;
      }
    },
  }),
  ofMemory({
    group: "uri",
    name: "uri-with-secret-after-use",
    description: "from the first upload on, the URI has the password",
    subtle: true,
    caughtBy: ["URI-2", "URI-7", "ERR-12"],
    members: { secrets: [SECRET] },
    store: class extends MemoryObjectStore {
      #isUsed = false;
      protected override uriOf(key: string): string {
        const uri = super.uriOf(key);
        return this.#isUsed ? uri.replace(":", `:${SECRET}@`) : uri;
      }
      protected override async upload(call: Call): Promise<void> {
        await super.upload(call);
        this.#isUsed = true;
      }
    },
  }),
  ofMemory({
    group: "uri",
    name: "secret-in-field",
    description: "the password shows where the store is inspected",
    subtle: true,
    caughtBy: ["URI-8"],
    members: { secrets: [SECRET] },
    store: class extends MemoryObjectStore {
      readonly options = { credentials: { password: SECRET } };
    },
  }),
];
