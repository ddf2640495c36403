import type { StoredObject } from "../reference/backing.ts";
import type { Call } from "../reference/call.ts";
import { MemoryObjectStore } from "../reference/memory_store.ts";
import type { HarnessContext } from "../../../conformance/model/harness.ts";
import type { Mutant } from "./mutant.ts";
import { decode } from "./by_the_way.ts";
import { ofMemory } from "./of_memory.ts";

/** A store that tries another name where there is no object, in one way of reading it or in all. */
function fallingBack(
  to: (name: string) => string,
  onlyFor?: Call["action"],
): new (ctx: HarnessContext) => MemoryObjectStore {
  return class extends MemoryObjectStore {
    protected override async askSize(call: Call): Promise<number> {
      return await this.#orElse(call, (call) => super.askSize(call));
    }

    protected override async openObject(call: Call): Promise<StoredObject> {
      return await this.#orElse(call, (call) => super.openObject(call));
    }

    async #orElse<T>(
      call: Call,
      read: (call: Call) => Promise<T>,
    ): Promise<T> {
      try {
        return await read(call);
      } catch (error) {
        const other = to(call.objectName);
        const isFallingBack = other !== call.objectName && other !== "" &&
          (onlyFor === undefined || onlyFor === call.action) &&
          (error as { code?: unknown }).code === "OBJECT_NOT_FOUND";
        if (!isFallingBack) throw error;
        const key = this.keyOf(other);
        const sees = await this.backing.size(key) !== undefined;
        if (!sees) throw error;
        Object.assign(call, { key });
        return await read(call);
      }
    }
  };
}

/** Stores that read another object where a name has none. */
export const namFallBackMutants: readonly Mutant[] = [
  ofMemory({
    group: "nam_fall_backs",
    name: "nam-falls-back-to-composed",
    description: "where there is no object, the composed form is looked for",
    caughtBy: ["NAM-18"],
    store: fallingBack((name) => name.normalize("NFC")),
  }),
  ofMemory({
    group: "nam_fall_backs",
    name: "nam-falls-back-to-single-slashes",
    description:
      "a download of what is not there looks for the name with single slashes",
    subtle: true,
    caughtBy: ["NAM-6"],
    store: fallingBack((name) => name.replaceAll(/\/+/g, "/"), "download"),
  }),
  ofMemory({
    group: "nam_fall_backs",
    name: "nam-falls-back-to-decoded",
    description: "the size of what is not there is that of the decoded name",
    subtle: true,
    caughtBy: ["NAM-4", "NAM-18"],
    store: fallingBack(decode, "get the size of"),
  }),
];
