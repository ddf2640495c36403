import { openSync } from "node:fs";
import type {
  DownloadOptions,
  ObjectData,
  WriteObjectOptions,
} from "../../../src/object_store.ts";
import type { Call, CallDetails } from "../reference/call.ts";
import type { OpenSource } from "../reference/local_steps.ts";
import { MemoryObjectStore } from "../reference/memory_store.ts";
import type { Mutant } from "./mutant.ts";
import { type MemoryMutantDetails, ofMemory } from "./of_memory.ts";

const edge = (details: Omit<MemoryMutantDetails, "group">): Mutant =>
  ofMemory({ group: "edges", subtle: true, ...details });

/** Stores that are wrong in one way of being called only: with a signal, with nothing, at once, with a name that two forms have. */
export const edgeMutants: readonly Mutant[] = [
  edge({
    name: "ovw-signal-replaces",
    description:
      "a download with a signal replaces a file unless it is told not to",
    caughtBy: ["OVW-1"],
    store: class extends MemoryObjectStore {
      protected override checkOptions(options: unknown): DownloadOptions {
        const checked = super.checkOptions(options);
        const { overwrite } = (options ?? {}) as DownloadOptions;
        return checked.signal && overwrite === undefined
          ? { ...checked, overwrite: true }
          : checked;
      }
    },
  }),
  edge({
    name: "con-leaks-empty-sources",
    description: "an upload of nothing ends early, and leaves its source open",
    caughtBy: ["CON-6"],
    store: class extends MemoryObjectStore {
      protected override async openSource(path: string): Promise<OpenSource> {
        const source = await super.openSource(path);
        if (source.size === 0) openSync(path, "r");
        return source;
      }
    },
  }),
  edge({
    name: "err-object-of-the-latest",
    description: "a missing object is told by the name that was asked for last",
    caughtBy: ["ERR-2"],
    store: class extends MemoryObjectStore {
      #latest: Call | undefined;

      protected override makeCall(details: CallDetails): Call {
        return this.#latest = super.makeCall(details);
      }

      protected override notFound(call: CallDetails): Error {
        return super.notFound(this.#latest ?? call);
      }
    },
  }),
  edge({
    name: "wri-size-in-units",
    description: "the size of a string is compared with its UTF-16 units",
    hasPowers: true,
    caughtBy: ["WRI-6"],
    store: class extends MemoryObjectStore {
      override async writeObject(
        objectName: string,
        data: ObjectData,
        options: WriteObjectOptions = {},
      ): Promise<void> {
        const { size, ...rest } = options;
        const isRight = typeof data === "string" && size === data.length;
        await super.writeObject(objectName, data, isRight ? rest : options);
      }
    },
  }),
  edge({
    name: "wri-reads-text-blobs",
    description: "a Blob with a text's type is read as a text",
    hasPowers: true,
    caughtBy: ["WRI-1"],
    store: class extends MemoryObjectStore {
      override async writeObject(
        objectName: string,
        data: ObjectData,
        options?: WriteObjectOptions,
      ): Promise<void> {
        const isText = data instanceof Blob && data.type.startsWith("text/");
        const read = isText ? await data.text() : data;
        await super.writeObject(objectName, read, options);
      }
    },
  }),
  edge({
    name: "nam-first-880",
    description: "of a key of more than 880 characters the rest does not count",
    caughtBy: ["NAM-7"],
    store: class extends MemoryObjectStore {
      protected override keyOf(objectName: string): string {
        const key = super.keyOf(objectName);
        return key.length <= 1024 ? key.slice(0, 880) : key;
      }
    },
  }),
  edge({
    name: "get-composes-path",
    description: "a path is normalized to composed characters",
    caughtBy: ["PUT-2", "GET-9"],
    store: class extends MemoryObjectStore {
      protected override toPath(filename: unknown): string {
        return super.toPath(filename).normalize("NFC");
      }
    },
  }),
  edge({
    name: "abt-keeps-listening-after-nothing",
    description: "a transfer of nothing leaves its listener on the signal",
    caughtBy: ["ABT-6"],
    store: class extends MemoryObjectStore {
      readonly #empty = new WeakSet<AbortSignal>();

      protected override async finishReport(call: Call): Promise<void> {
        const { signal } = call.options;
        if (call.total === 0 && signal) this.#empty.add(signal);
        await super.finishReport(call);
      }

      protected override endListening(
        signal: AbortSignal | undefined,
        onAbort: () => void,
      ): void {
        if (signal && this.#empty.delete(signal)) return;
        super.endListening(signal, onAbort);
      }
    },
  }),
];
