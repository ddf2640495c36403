import { rm } from "node:fs/promises";
import { type PartUpload, StoreFailure } from "../../../src/driver.ts";
import type { Call } from "../reference/call.ts";
import type { OpenSource, Temporary } from "../reference/local_steps.ts";
import type { NewObject, StoredObject } from "../reference/backing.ts";
import { fileHarness } from "../reference/file_harness.ts";
import { FileObjectStore } from "../reference/file_store.ts";
import { HttpDriver } from "../reference/http_driver.ts";
import { MemoryObjectStore } from "../reference/memory_store.ts";
import type { Mutant } from "./mutant.ts";
import { ofHttp } from "./of_http.ts";
import { ofMemory } from "./of_memory.ts";

const PART = 100_000;
const LARGEST = 1_310_731;
/** What the matrix tells the suite of stores over HTTP. */
const LARGEST_ON_WIRE = 2_300_003;

/** Stores that are wrong about big objects alone. */
export const bigMutants: readonly Mutant[] = [
  ofMemory({
    group: "big",
    name: "big-position-wraps",
    description: "positions beyond 16 MiB begin again at 0",
    subtle: true,
    caughtBy: ["BIG-1"],
    members: { limits: {} },
    store: class extends MemoryObjectStore {
      protected override writeChunk(
        temporary: Temporary,
        bytes: Uint8Array,
        position: number,
      ): Promise<void> {
        return super.writeChunk(temporary, bytes, position % 2 ** 24);
      }
    },
  }),
  ofMemory({
    group: "big",
    name: "big-whole-parts",
    description: "an object of whole parts seems to lack its last byte",
    subtle: true,
    caughtBy: ["BIG-2"],
    store: class extends MemoryObjectStore {
      protected override async askSize(call: Call): Promise<number> {
        const size = await super.askSize(call);
        return size > 0 && size % PART === 0 ? size - 1 : size;
      }
    },
    members: { limits: { partSize: PART } },
  }),
  ofMemory({
    group: "big",
    name: "big-in-memory",
    description: "says that it streams, and holds the whole body",
    caughtBy: ["BIG-3"],
    store: MemoryObjectStore,
    members: {
      capabilities: ["flat", "reopen", "list", "streaming"],
      limits: {},
    },
  }),
  ofMemory({
    group: "big",
    name: "big-refused-as-transient",
    description: "an object that is too large is worth another attempt",
    subtle: true,
    caughtBy: ["BIG-5"],
    store: class extends MemoryObjectStore {
      protected override createObject(call: Call): Promise<NewObject> {
        if (call.total > LARGEST) throw this.transient(call, "too large");
        return super.createObject(call);
      }
    },
    members: { limits: { largestObject: LARGEST } },
  }),
  ofMemory({
    group: "big",
    name: "big-cut",
    description: "an object that is too large loses its end",
    caughtBy: ["BIG-5"],
    store: class extends MemoryObjectStore {
      protected override async openSource(path: string): Promise<OpenSource> {
        const source = await super.openSource(path);
        return { ...source, size: Math.min(source.size, LARGEST) };
      }

      protected override checkSourceUnchanged(): Promise<void> {
        return Promise.resolve();
      }
    },
    members: { limits: { largestObject: LARGEST } },
  }),
  ofHttp({
    group: "big",
    name: "big-refused-by-the-service",
    description: "an object that is too large is sent before it is refused",
    subtle: true,
    caughtBy: ["BIG-5"],
    driver: class extends HttpDriver {
      override async startUpload(key: string): Promise<PartUpload> {
        const upload = await super.startUpload(key);
        let size = 0;
        return {
          ...upload,
          writePart(part, options) {
            size += part.size;
            return upload.writePart(part, options);
          },
          commit(options) {
            if (size <= LARGEST_ON_WIRE) return upload.commit(options);
            throw new StoreFailure("OTHER", "413 Content Too Large");
          },
        };
      }
    },
  }),
  ofMemory({
    group: "big",
    name: "big-no-file",
    description: "a download of more than 64 MiB succeeds and makes no file",
    subtle: true,
    caughtBy: ["BIG-3"],
    store: class extends FileObjectStore {
      protected override async publish(
        call: Call,
        temporary: Temporary,
        target: string,
      ): Promise<void> {
        if (call.total <= 64 * 2 ** 20) {
          return await super.publish(call, temporary, target);
        }
        await temporary.file.close();
        await rm(temporary.path);
      }
    },
    members: {
      capabilities: ["flat", "reopen", "list", "streaming"],
      limits: {},
      oracle: fileHarness.oracle,
    },
  }),
  ofMemory({
    group: "big",
    name: "big-reads-ahead",
    description: "a download lets go of its pieces at its end alone",
    subtle: true,
    caughtBy: ["BIG-3"],
    store: class extends FileObjectStore {
      protected override async receive(
        call: Call,
        object: StoredObject,
        temporary: Temporary,
      ): Promise<void> {
        const held = new Map<number, Uint8Array>();
        const read = async (position: number, length: number) => {
          const bytes = await object.read(position, length);
          held.set(position, bytes);
          return bytes;
        };
        await super.receive(call, { ...object, read }, temporary);
        held.clear();
      }
    },
    members: {
      capabilities: ["flat", "reopen", "list", "streaming"],
      limits: {},
      oracle: fileHarness.oracle,
    },
  }),
];
