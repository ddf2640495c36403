import { lstat, rename, rm } from "node:fs/promises";
import type { Call } from "../reference/call.ts";
import type { Temporary } from "../reference/local_steps.ts";
import { MemoryObjectStore } from "../reference/memory_store.ts";
import type { Mutant } from "./mutant.ts";
import { ofMemory } from "./of_memory.ts";

/** Stores that are wrong where there are no hard links. */
export const ovwDeviceMutants: readonly Mutant[] = [
  ofMemory({
    group: "ovw_device",
    name: "ovw-no-link-renames",
    description: "without hard links, looks for the file and then renames",
    subtle: true,
    caughtBy: ["OVW-10"],
    store: class extends MemoryObjectStore {
      protected override async publishReserved(
        call: Call,
        { path }: Temporary,
        target: string,
      ): Promise<void> {
        const isThere = await lstat(target).then(() => true, () => false);
        if (isThere) throw this.fileExists(call, target);
        await rename(path, target);
      }
    },
  }),
  ofMemory({
    group: "ovw_device",
    name: "ovw-no-link-refused",
    description: "without hard links no new file can be made",
    caughtBy: ["OVW-10"],
    store: class extends MemoryObjectStore {
      protected override publishReserved(
        call: Call,
        { path }: Temporary,
      ): Promise<void> {
        const message = `Cannot ${call.action} "${call.uri}": no links`;
        return Promise.reject(
          Object.assign(new Error(message), { code: "EPERM", path }),
        );
      }
    },
  }),
  ofMemory({
    group: "ovw_device",
    name: "ovw-no-link-loser-cleans",
    description: "without hard links, who loses removes the winner's file",
    subtle: true,
    caughtBy: ["OVW-10"],
    store: class extends MemoryObjectStore {
      protected override async publishReserved(
        call: Call,
        temporary: Temporary,
        target: string,
      ): Promise<void> {
        try {
          await super.publishReserved(call, temporary, target);
        } catch (error) {
          await rm(target, { force: true });
          throw error;
        }
      }
    },
  }),
];
