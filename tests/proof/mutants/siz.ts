import { ObjectStoreError } from "../../../src/errors.ts";
import type { Call } from "../reference/call.ts";
import { MemoryObjectStore } from "../reference/memory_store.ts";
import type { Mutant } from "./mutant.ts";
import { ofMemory } from "./of_memory.ts";

/** Stores whose sizes are wrong. */
export const sizMutants: readonly Mutant[] = [
  ofMemory({
    group: "siz",
    name: "size-constant",
    description: "every object has 1000000 bytes",
    caughtBy: [
      "PUT-1",
      "PUT-2",
      "PUT-3",
      "PUT-4",
      "PUT-6",
      "PUT-8",
      "PUT-9",
      "PUT-11",
      "PUT-12",
      "PUT-13",
      "PUT-14",
      "CB-1",
      "CB-8",
      "CB-9",
      "CB-14",
      "SIZ-1",
      "SIZ-5",
      "SIZ-7",
      "SIZ-8",
      "ERR-8",
      "ATM-6",
      "ATM-7",
      "ATM-8",
      "CON-1",
      "CON-4",
      "CON-5",
      "CON-7",
      "CON-10",
      "BIG-1",
      "NAM-1",
      "NAM-2",
      "NAM-3",
      "NAM-4",
      "NAM-5",
      "NAM-6",
      "NAM-7",
      "NAM-8",
      "NAM-9",
      "NAM-10",
      "NAM-11",
      "NAM-13",
      "NAM-14",
      "NAM-15",
      "NAM-16",
      "NAM-19",
      "ABT-1",
      "ABT-2",
      "ABT-4",
      "ABT-7",
      "ABT-8",
      "ABT-9",
      "CLS-6",
      "ISO-1",
    ],
    mayBeCaughtBy: ["ABT-5", "BIG-5", "CB-17", "NAM-17", "NAM-18"],
    store: class extends MemoryObjectStore {
      protected override async askSize(call: Call): Promise<number> {
        return await super.askSize(call) && 1_000_000;
      }
    },
  }),
  ofMemory({
    group: "siz",
    name: "size-in-16-bits",
    description: "an object of exactly 65536 bytes has none",
    subtle: true,
    caughtBy: ["PUT-1", "SIZ-1"],
    store: class extends MemoryObjectStore {
      protected override async askSize(call: Call): Promise<number> {
        const size = await super.askSize(call);
        return size === 65_536 ? 0 : size;
      }
    },
  }),
  ofMemory({
    group: "siz",
    name: "size-missing-other",
    description: "the size of a missing object is a plain ObjectStoreError",
    subtle: true,
    caughtBy: [
      "PUT-4",
      "PUT-5",
      "PUT-8",
      "PUT-12",
      "CB-9",
      "SIZ-2",
      "SIZ-3",
      "SIZ-7",
      "ERR-1",
      "ERR-2",
      "TRN-7",
      "ATM-8",
      "NAM-6",
      "NAM-11",
      "NAM-14",
      "NAM-16",
      "ABT-1",
      "ABT-2",
      "ABT-7",
      "ABT-8",
      "ISO-1",
      "ISO-2",
    ],
    store: class extends MemoryObjectStore {
      protected override notFound(call: Call): Error {
        return call.action.startsWith("get")
          ? new ObjectStoreError(`Cannot ${call.action}: no answer`, call)
          : super.notFound(call);
      }
    },
  }),
  ofMemory({
    group: "siz",
    name: "size-of-first-match",
    description: "a missing name is taken for one that it begins",
    subtle: true,
    caughtBy: [
      "SIZ-2",
      "SIZ-3",
      "NAM-1",
      "NAM-5",
      "NAM-6",
      "NAM-8",
      "NAM-9",
      "NAM-10",
    ],
    store: class extends MemoryObjectStore {
      protected override async askSize(call: Call): Promise<number> {
        const [key = call.key] = await this.backing.list(call.key);
        const size = await this.backing.size(key);
        return size ?? await super.askSize(call);
      }
    },
  }),
  ofMemory({
    group: "siz",
    name: "size-of-directory",
    description: "a directory of objects has 0 bytes",
    subtle: true,
    caughtBy: ["SIZ-3"],
    store: class extends MemoryObjectStore {
      protected override async askSize(call: Call): Promise<number> {
        const inside = await this.backing.list(`${call.key}/`);
        const size = await this.backing.size(call.key);
        return size === undefined && inside.length > 0
          ? 0
          : await super.askSize(call);
      }
    },
  }),
  ofMemory({
    group: "siz",
    name: "size-cached",
    description: "a handle remembers the sizes that it was told",
    subtle: true,
    caughtBy: [
      "PUT-3",
      "PUT-8",
      "SIZ-5",
      "SIZ-7",
      "CON-4",
      "NAM-9",
      "NAM-13",
      "NAM-15",
    ],
    store: class extends MemoryObjectStore {
      readonly #sizes = new Map<string, number>();
      protected override async askSize(call: Call): Promise<number> {
        const size = this.#sizes.get(call.key) ?? await super.askSize(call);
        this.#sizes.set(call.key, size);
        return size;
      }
    },
  }),
  ofMemory({
    group: "siz",
    name: "size-in-two-steps",
    description:
      "an object that vanishes between two internal calls has -1 bytes",
    subtle: true,
    caughtBy: ["SIZ-7"],
    store: class extends MemoryObjectStore {
      protected override async askSize(call: Call): Promise<number> {
        await super.askSize(call);
        return await this.backing.size(call.key) ?? -1;
      }
    },
  }),
  ofMemory({
    group: "siz",
    name: "size-zero-while-uploaded",
    description: "an object that is being uploaded has 0 bytes",
    subtle: true,
    caughtBy: ["SIZ-7", "ATM-8"],
    store: class extends MemoryObjectStore {
      readonly #uploading = new Set<string>();
      protected override async upload(call: Call): Promise<void> {
        this.#uploading.add(call.key);
        try {
          await super.upload(call);
        } finally {
          this.#uploading.delete(call.key);
        }
      }
      protected override async askSize(call: Call): Promise<number> {
        if (this.#uploading.has(call.key)) return 0;
        return await super.askSize(call);
      }
    },
  }),
  ofMemory({
    group: "siz",
    name: "size-of-what-is-on-its-way",
    description: "the size is that of the upload which the handle has begun",
    subtle: true,
    caughtBy: ["ATM-8"],
    store: class extends MemoryObjectStore {
      readonly #uploading = new Map<string, Call>();
      protected override async upload(call: Call): Promise<void> {
        this.#uploading.set(call.key, call);
        try {
          await super.upload(call);
        } finally {
          this.#uploading.delete(call.key);
        }
      }
      protected override async askSize(call: Call): Promise<number> {
        const { total = 0 } = this.#uploading.get(call.key) ?? {};
        return total > 0 ? total : await super.askSize(call);
      }
    },
  }),
  ofMemory({
    group: "siz",
    name: "total-rounded",
    description:
      "an upload of more than 256 KiB reports whole KiB as its total",
    subtle: true,
    caughtBy: ["PUT-9", "CB-1", "CB-3", "CB-10", "CB-14", "SIZ-8", "BIG-1"],
    store: class extends MemoryObjectStore {
      protected override async tell(call: Call, bytes: number): Promise<void> {
        const { total } = call;
        const isRounded = call.action === "upload" && total > 2 ** 18;
        if (isRounded) call.total = Math.ceil(total / 1024) * 1024;
        await super.tell(call, bytes === total ? call.total : bytes);
        call.total = total;
      }
    },
  }),
];
