import type { Call } from "../reference/call.ts";
import type { NewObject } from "../reference/backing.ts";
import type { OperationOptions } from "../../../src/object_store.ts";
import { MemoryObjectStore } from "../reference/memory_store.ts";
import type { Mutant } from "./mutant.ts";
import { ofMemory } from "./of_memory.ts";

/** Stores whose listings are wrong. */
export const lstMutants: readonly Mutant[] = [
  ofMemory({
    group: "lst",
    name: "lst-empty-left-out",
    description: "empty objects are not listed",
    subtle: true,
    caughtBy: ["LST-1"],
    store: class extends MemoryObjectStore {
      protected override async listNames(prefix: string): Promise<string[]> {
        const names = [];
        for (const name of await super.listNames(prefix)) {
          if (await this.backing.size(this.keyOf(name))) names.push(name);
        }
        return names;
      }
    },
  }),
  ofMemory({
    group: "lst",
    name: "lst-long-left-out",
    description: "names of more than 800 bytes are not listed",
    subtle: true,
    caughtBy: ["LST-2"],
    store: class extends MemoryObjectStore {
      protected override async listNames(prefix: string): Promise<string[]> {
        const names = await super.listNames(prefix);
        const encoder = new TextEncoder();
        return names.filter((name) => encoder.encode(name).length <= 800);
      }
    },
  }),
  ofMemory({
    group: "lst",
    name: "lst-plus",
    description: "a plus is listed as a space",
    subtle: true,
    caughtBy: ["LST-2"],
    store: class extends MemoryObjectStore {
      protected override nameOf(key: string): string {
        return super.nameOf(key).replaceAll("+", " ");
      }
    },
  }),
  ofMemory({
    group: "lst",
    name: "lst-whole-segments",
    description: "a prefix is taken for whole segments",
    caughtBy: ["LST-3", "LST-4"],
    store: class extends MemoryObjectStore {
      protected override async listNames(prefix: string): Promise<string[]> {
        const names = await super.listNames(prefix);
        const directory = prefix.replace(/\/?$/, "/");
        return prefix === ""
          ? names
          : names.filter((name) => `${name}/`.startsWith(directory));
      }
    },
  }),
  ofMemory({
    group: "lst",
    name: "lst-prefix-is-a-pattern",
    description: "`*` and `?` in a prefix stand for others",
    caughtBy: ["LST-3"],
    store: class extends MemoryObjectStore {
      protected override async listNames(prefix: string): Promise<string[]> {
        const names = await super.listNames("");
        return names.filter((name) => beginsLike(name, prefix, "?", "*"));
      }
    },
  }),
  ofMemory({
    group: "lst",
    name: "lst-underscore-stands-for-any",
    description:
      "a prefix is compared with LIKE, in which `_` is any character",
    subtle: true,
    caughtBy: ["LST-3"],
    store: class extends MemoryObjectStore {
      protected override async listNames(prefix: string): Promise<string[]> {
        const names = await super.listNames("");
        return names.filter((name) => beginsLike(name, prefix, "_"));
      }
    },
  }),
  ofMemory({
    group: "lst",
    name: "lst-bleeds",
    description: "lists what stands in a place whose prefix begins alike",
    subtle: true,
    caughtBy: ["LST-3"],
    store: class extends MemoryObjectStore {
      protected override async listNames(prefix: string): Promise<string[]> {
        const keys = await this.backing.list(this.prefix);
        return keys.map((key) => this.nameOf(key)).filter((name) =>
          name.startsWith(prefix)
        );
      }
    },
  }),
  ofMemory({
    group: "lst",
    name: "lst-page-boundary",
    description: "the first name of each further page of 1000 is lost",
    subtle: true,
    caughtBy: ["LST-4"],
    store: class extends MemoryObjectStore {
      protected override async listNames(prefix: string): Promise<string[]> {
        const names = await super.listNames(prefix);
        return names.filter((_, index) => index === 0 || index % 1000 !== 0);
      }
    },
  }),
  ofMemory({
    group: "lst",
    name: "lst-shows-unfinished",
    description: "an upload that is under way is listed beside its object",
    caughtBy: ["LST-5"],
    store: class extends MemoryObjectStore {
      readonly #unfinished: string[] = [];
      protected override createObject(call: Call): Promise<NewObject> {
        this.#unfinished.push(`${call.objectName}.part`);
        return super.createObject(call);
      }
      protected override async upload(call: Call): Promise<void> {
        await super.upload(call);
        this.#unfinished.splice(0);
      }
      protected override async listNames(prefix: string): Promise<string[]> {
        const names = [...await super.listNames(prefix), ...this.#unfinished];
        return names.filter((name) => name.startsWith(prefix));
      }
    },
  }),
  ofMemory({
    group: "lst",
    name: "lst-signal-ignored",
    description: "a listing does not look at the signal",
    subtle: true,
    caughtBy: ["LST-5"],
    store: class extends MemoryObjectStore {
      override async *listObjects(
        prefix = "",
        _options?: OperationOptions,
      ): AsyncGenerator<string, void> {
        yield* super.listObjects(prefix);
      }
    },
  }),
  ofMemory({
    group: "lst",
    name: "lst-below-hidden",
    description: "what is below the name of an object is not listed",
    subtle: true,
    caughtBy: ["LST-6"],
    store: class extends MemoryObjectStore {
      protected override async listNames(prefix: string): Promise<string[]> {
        const all = await super.listNames("");
        return all.filter((name) =>
          name.startsWith(prefix) &&
          !all.some((other) => name.startsWith(`${other}/`))
        );
      }
    },
  }),
];

/** Tells whether a name begins with a prefix in which one character stands for any, and one for any number. */
function beginsLike(
  name: string,
  prefix: string,
  any: string,
  many?: string,
): boolean {
  const first = prefix[0];
  if (first === undefined) return true;
  const rest = prefix.slice(1);
  const isLike = (from: number) =>
    beginsLike(name.slice(from), rest, any, many);
  if (first === many) {
    return Array.from({ length: name.length + 1 }, (_, from) => from)
      .some(isLike);
  }
  return name !== "" && (first === any || name[0] === first) && isLike(1);
}
