import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { MemoryPlace } from "../reference/memory_store.ts";
import type {
  HarnessContext,
  Oracle,
} from "../../../conformance/model/harness.ts";

/** The way around a store on a {@linkcode DiskPlace}. */
export const diskOracle: Oracle = {
  put: (name, bytes, ctx) => {
    new DiskPlace(ctx).set(`${ctx.prefix}/${name}`, bytes);
    return Promise.resolve();
  },
  get: (name, ctx) =>
    Promise.resolve(new DiskPlace(ctx).get(`${ctx.prefix}/${name}`)),
  list: (ctx) => Promise.resolve(new DiskPlace(ctx).list(`${ctx.prefix}/`)),
  delete: (name, ctx) => {
    new DiskPlace(ctx).delete(`${ctx.prefix}/${name}`);
    return Promise.resolve();
  },
};

/** A place whose objects are files, so that other processes see them: for mutants that are judged in two. */
export class DiskPlace extends Map<string, Uint8Array> implements MemoryPlace {
  readonly #directory: string;

  /** @param ctx Where the files are. */
  constructor({ directory }: HarnessContext) {
    super();
    this.#directory = directory;
    mkdirSync(directory, { recursive: true });
  }

  override get(key: string): Uint8Array | undefined {
    try {
      return new Uint8Array(readFileSync(this.#pathOf(key)));
    } catch {
      return undefined;
    }
  }

  override set(key: string, bytes: Uint8Array): this {
    writeFileSync(this.#pathOf(key), bytes);
    return this;
  }

  override delete(key: string): boolean {
    const isThere = this.get(key) !== undefined;
    rmSync(this.#pathOf(key), { force: true });
    return isThere;
  }

  /** The names of the objects whose keys begin with `base`, without it. */
  list(base: string): string[] {
    return readdirSync(this.#directory).map(decodeURIComponent)
      .filter((key) => key.startsWith(base))
      .map((key) => key.slice(base.length));
  }

  #pathOf(key: string): string {
    return join(this.#directory, encodeURIComponent(key));
  }
}
