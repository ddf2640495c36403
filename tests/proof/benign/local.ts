import { mkdir, open, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Call } from "../reference/call.ts";
import type { OpenSource, Temporary } from "../reference/local_steps.ts";
import { MemoryObjectStore } from "../reference/memory_store.ts";
import { makeVariant, type Variant } from "./variant.ts";

/** Makes missing parents as soon as the object is open, and writes beside the destination. */
class Beside extends MemoryObjectStore {
  protected override async createTemporary(target: string): Promise<Temporary> {
    const made: string[] = [];
    const path = join(dirname(target), this.temporaryName());
    try {
      await this.makeParents(dirname(target), made);
      for (let attempt = 1;; attempt++) {
        try {
          return { file: await open(path, "wx", 0o666), path, made };
        } catch (error) {
          const isGone = (error as { code?: unknown }).code === "ENOENT";
          if (!isGone || attempt === 10) throw error;
          await this.makeParents(dirname(target), made);
        }
      }
    } catch (error) {
      await this.removeParents(made);
      throw error;
    }
  }
}

/** Its temporary file has the whole size from the beginning. */
class Preallocating extends MemoryObjectStore {
  protected override async receive(
    call: Call,
    object: Parameters<MemoryObjectStore["receive"]>[1],
    temporary: Temporary,
  ): Promise<void> {
    await temporary.file.truncate(object.size);
    await super.receive(call, object, temporary);
    await temporary.file.sync();
  }
}

/** Its temporary files look like parts of the destination. */
class PartNames extends MemoryObjectStore {
  protected override temporaryName(): string {
    return `download.${crypto.randomUUID()}.part`;
  }
}

/** Reads the source at once, by its path, and looks before and after. */
class ReadsByPath extends MemoryObjectStore {
  protected override async openSource(path: string): Promise<OpenSource> {
    this.checkRegular(await stat(path), path);
    const source = await super.openSource(path);
    return source.size > 2 ** 20 ? source : await this.#readWhole(source);
  }

  async #readWhole(source: OpenSource): Promise<OpenSource> {
    try {
      const bytes = await readFile(source.path);
      await super.checkSourceUnchanged(source);
      this.#bytes.set(source, bytes);
      return source;
    } catch (error) {
      await source.file.close();
      throw error;
    }
  }

  readonly #bytes = new WeakMap<OpenSource, Uint8Array>();

  protected override async readSource(
    source: OpenSource,
    position: number,
    length: number,
  ): Promise<Uint8Array> {
    const bytes = this.#bytes.get(source);
    if (!bytes) return await super.readSource(source, position, length);
    return bytes.slice(position, position + length);
  }

  protected override async checkSourceUnchanged(
    source: OpenSource,
  ): Promise<void> {
    // What is in memory is of one moment.
    if (!this.#bytes.has(source)) await super.checkSourceUnchanged(source);
  }
}

/** Makes missing parents with one call, and finds out what it made by looking before. */
class LooksForParents extends MemoryObjectStore {
  protected override async makeParents(
    path: string,
    made: string[],
  ): Promise<void> {
    const missing: string[] = [];
    for (let next = path; !await exists(next); next = dirname(next)) {
      missing.unshift(next);
    }
    // Before, as a call that fails may have made some of them.
    made.push(...missing.filter((directory) => !made.includes(directory)));
    await mkdir(path, { recursive: true });
  }
}

/** Correct stores that use the local disk in their own way. */
export const localVariants: readonly Variant[] = [
  makeVariant({
    name: "beside",
    description: "makes parents early, and writes beside the destination",
    open: (ctx) => new Beside(ctx),
  }),
  makeVariant({
    name: "preallocating",
    description: "the temporary file has its size from the beginning",
    open: (ctx) => new Preallocating(ctx),
  }),
  makeVariant({
    name: "part-names",
    description: "temporary files that look like parts",
    open: (ctx) => new PartNames(ctx),
  }),
  makeVariant({
    name: "reads-by-path",
    description: "reads small sources whole, by their path",
    open: (ctx) => new ReadsByPath(ctx),
  }),
  makeVariant({
    name: "looks-for-parents",
    description: "makes parents with one call",
    open: (ctx) => new LooksForParents(ctx),
  }),
];

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(() => true, (error) => {
    if (error.code === "ENOENT") return false;
    throw error;
  });
}
