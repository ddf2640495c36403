import { rm } from "node:fs/promises";
import { dirname } from "@std/path/dirname";
import { join } from "@std/path/join";
import type { DownloadOptions } from "../../../src/object_store.ts";
import type { CaseContext } from "../../model/case.ts";
import { expectEqual, firstDifference, settle } from "../../checks/expect.ts";
import { expectFile } from "./expect_file.ts";
import { BIG, expectNoEntry, quiet } from "./transfers.ts";

/** More than nothing, and less than any part. */
export const SMALL = 6_007;
const MIB = 2 ** 20;

/** Computes the size of an object that needs several requests where the harness tells the store's part size, otherwise 9 MiB. */
export function severalRequests({ limits }: CaseContext): number {
  const { partSize, largestObject } = limits;
  const parts = partSize !== undefined && partSize < MIB ? 2 : 1;
  const size = partSize === undefined ? BIG : partSize * parts + 4_321;
  return Math.min(size, largestObject);
}

/** One operation of a store that is ready to begin, and can begin again after a failure. */
export interface Operation {
  /** Which of the three. */
  readonly kind: "size" | "upload" | "download";
  /** It, in words. */
  readonly what: string;
  /** The object's name. */
  readonly name: string;
  /** Begins it. A rejection that the case does not look at is not an unhandled one. */
  start(options?: DownloadOptions): Promise<unknown>;
  /** Fails the case unless it has done its work exactly; `found` is what it fulfilled with. */
  expectDone(found: unknown): Promise<void>;
  /** Fails the case if it has left anything, here or at the service. */
  expectNothing(): Promise<void>;
  /** As `expectNothing`; an upload may have stored its object, whole. */
  expectNothingOrWhole(): Promise<void>;
}

/** Makes operations of a case's store, as many as are wanted. */
export class Operations {
  readonly #ctx: CaseContext;
  readonly #given = new Map<number, Promise<Given>>();
  #count = 0;

  /** @param ctx The case's context. */
  constructor(ctx: CaseContext) {
    this.#ctx = ctx;
  }

  /** One of each kind, small and in several parts. */
  async all(): Promise<Operation[]> {
    const large = severalRequests(this.#ctx);
    return [
      await this.size(),
      await this.upload(SMALL),
      await this.upload(large),
      await this.download(SMALL),
      await this.download(large),
    ];
  }

  /** As {@linkcode Operations.all}, without those in several parts. */
  async small(): Promise<Operation[]> {
    return [
      await this.size(),
      await this.upload(SMALL),
      await this.download(SMALL),
    ];
  }

  /** Asks the size of an object that is there. */
  async size(): Promise<Operation> {
    const ctx = this.#ctx;
    const { name, bytes } = await this.#object(SMALL);
    return {
      kind: "size",
      what: "getObjectSize",
      name,
      start: (options) => quiet(ctx.store.getObjectSize(name, options)),
      expectDone: (found) =>
        Promise.resolve(
          expectEqual(ctx, found, bytes.length, "the object's size", {
            clause: 6,
          }),
        ),
      expectNothing: () => Promise.resolve(),
      expectNothingOrWhole: () => Promise.resolve(),
    };
  }

  /** An upload of so many bytes to a name that nothing has; or that `old` has. */
  async upload(size: number, old?: Uint8Array): Promise<Operation> {
    const ctx = this.#ctx;
    const name = ctx.name("up");
    const bytes = ctx.bytes(size, `up ${++this.#count}`);
    const path = await ctx.source(bytes);
    if (old) await ctx.given(name, old);
    const what = `the upload of ${bytes.length} bytes`;
    const failed = `${what} has failed`;
    const expectNothing = () =>
      old
        ? ctx.expectObject(name, old, failed)
        : ctx.expectNoObject(name, failed);
    return {
      kind: "upload",
      what,
      name,
      start: ({ overwrite: _, ...options } = {}) =>
        quiet(ctx.store.uploadObject(name, path, options)),
      expectDone: () => ctx.expectObject(name, bytes, `${what} has resolved`),
      expectNothing,
      async expectNothingOrWhole() {
        if (!await isThere(ctx, name, bytes)) await expectNothing();
      },
    };
  }

  /** A download of an object of so many bytes into a directory that is not there yet; or, if it is `isPlain`, into one that is. */
  async download(size: number, { isPlain = false } = {}): Promise<Operation> {
    const ctx = this.#ctx;
    const { name, bytes } = await this.#object(size);
    const segments = isPlain
      ? [ctx.name("file")]
      : [ctx.name("directory"), "file.bin"];
    const path = join(ctx.root, ...segments);
    const what = `the download of ${bytes.length} bytes`;
    async function expectNothing(): Promise<void> {
      await expectNoEntry(ctx, path, `${what} has failed`);
      if (isPlain) return;
      await expectNoEntry(ctx, dirname(path), `${what} has failed`);
    }
    return {
      kind: "download",
      what,
      name,
      start: (options) =>
        quiet(
          ctx.download(name, path, options).then(() => {
            ctx.at(...segments);
          }),
        ),
      async expectDone() {
        await expectFile(ctx, path, bytes, `${what} has resolved`);
        await rm(path);
      },
      expectNothing,
      expectNothingOrWhole: expectNothing,
    };
  }

  /** The object that all operations read that want one of this size. */
  #object(size: number): Promise<Given> {
    let object = this.#given.get(size);
    if (!object) this.#given.set(size, object = this.#give(size));
    return object;
  }

  async #give(size: number): Promise<Given> {
    const name = this.#ctx.name("given");
    const bytes = this.#ctx.bytes(size, `given ${size}`);
    await this.#ctx.given(name, bytes);
    return { name, bytes };
  }
}

/** Tells whether an object is there that has these bytes. */
async function isThere(
  ctx: CaseContext,
  name: string,
  bytes: Uint8Array,
): Promise<boolean> {
  const size = await settle(ctx.store.getObjectSize(name));
  if (size.status === "rejected") return false;
  return firstDifference(await ctx.fetch(name), bytes) === undefined;
}

interface Given {
  readonly name: string;
  readonly bytes: Uint8Array;
}
