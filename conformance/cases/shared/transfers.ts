import * as fs from "node:fs/promises";
import { dirname } from "@std/path/dirname";
import { join } from "@std/path/join";
import type { CaseContext } from "../../model/case.ts";
import { expect } from "../../checks/expect.ts";
import { expectFile } from "./expect_file.ts";
import type {
  DownloadOptions,
  ObjectStore,
} from "../../../src/object_store.ts";

/** More than the parts and chunks of most stores, and odd: 9 MiB and a bit. */
export const BIG = 9 * 1024 * 1024 + 4_321;

/** Computes a size of several parts where the harness tells their size and they are small, otherwise that of most stores' parts and more. */
export function severalParts({ limits }: CaseContext): number {
  const { partSize = BIG } = limits;
  return Math.min(BIG, 6 * partSize + 4_321);
}

/** An upload or a download that is ready to begin, for cases that check both alike. */
export interface Transfer {
  /** Which of the two, for messages. */
  readonly what: "upload" | "download";
  /** The object's name. */
  readonly name: string;
  /** The bytes that it transfers. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The local file: an upload's source, a download's destination. */
  readonly path: string;
  /** Begins it. A rejection that the case does not look at is not an unhandled one. */
  start(options?: DownloadOptions): Promise<void>;
  /** Fails the case unless it has done its work exactly. */
  expectDone(): Promise<void>;
  /** Fails the case if it has left anything. */
  expectNothing(): Promise<void>;
}

/** Options of {@linkcode prepareTransfers}. */
export interface TransferSetup {
  /** The store to use. @default The case's own. */
  store?: ObjectStore;
  /** Tells the bytes apart from others of the case. */
  salt: number | string;
}

/** An upload to a fresh name and a download, of another object, to a path in a directory that is not there yet. */
export async function prepareTransfers(
  ctx: CaseContext,
  size: number,
  setup: TransferSetup,
): Promise<[Transfer, Transfer]> {
  return [
    await prepareUpload(ctx, size, setup),
    await prepareDownload(ctx, size, setup),
  ];
}

/** An upload to a fresh name. */
export async function prepareUpload(
  ctx: CaseContext,
  size: number,
  { salt, store = ctx.store }: TransferSetup,
): Promise<Transfer> {
  const bytes = ctx.bytes(size, `upload ${salt}`);
  const name = ctx.name("up");
  const path = await ctx.source(bytes);
  return {
    what: "upload",
    name,
    bytes,
    path,
    start: ({ overwrite: _, ...options } = {}) =>
      quiet(store.uploadObject(name, path, options)),
    expectDone: () => ctx.expectObject(name, bytes, "the upload has resolved"),
    expectNothing: () => ctx.expectNoObject(name, "the upload has failed"),
  };
}

/** A download of an object that is uploaded for it, to a path in a directory that is not there yet. */
export async function prepareDownload(
  ctx: CaseContext,
  size: number,
  { salt, store = ctx.store }: TransferSetup,
): Promise<Transfer> {
  const bytes = ctx.bytes(size, `download ${salt}`);
  const name = ctx.name("down");
  const directory = ctx.name("directory");
  const path = join(ctx.root, directory, "file.bin");
  await ctx.given(name, bytes, store);
  return {
    what: "download",
    name,
    bytes,
    path,
    start: (options) =>
      quiet(
        ctx.download(name, path, options, store).then(() => {
          ctx.at(directory, "file.bin");
        }),
      ),
    async expectDone() {
      ctx.at(directory, "file.bin");
      await expectFile(ctx, path, bytes, "the download has resolved");
    },
    async expectNothing() {
      await expectNoEntry(ctx, path, "the download has failed");
      await expectNoEntry(ctx, dirname(path), "the download has failed");
    },
  };
}

/** Fails the case if a path exists. */
export async function expectNoEntry(
  ctx: CaseContext,
  path: string,
  what: string,
): Promise<void> {
  const stat = await fs.lstat(path).catch(() => undefined);
  expect(ctx, stat === undefined, {
    expected: `${what}: nothing is at the destination`,
    observed: stat?.isDirectory()
      ? "a directory that the call made is left"
      : `there is an entry of ${stat?.size} bytes`,
    clause: 14,
  });
}

/** A point at which callbacks wait until the case lets them go on. */
export interface Gate {
  /** Resolves when someone waits. */
  readonly reached: Promise<void>;
  /** Waits; to be awaited in a callback. */
  pass(): Promise<void>;
  /** Lets everyone go on, from now on. */
  open(): void;
}

/** Makes a {@linkcode Gate}, closed. */
export function makeGate(): Gate {
  const reached = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  return {
    reached: reached.promise,
    pass() {
      reached.resolve();
      return opened.promise;
    },
    open: () => opened.resolve(),
  };
}

/** Lets everything that is ready run: some turns of the event loop. */
export async function turn(turns = 3): Promise<void> {
  for (let i = 0; i < turns; i++) {
    await new Promise<void>((resolve) => setTimeout(resolve, 0));
  }
}

/** Waits for what nothing tells of, but not longer than so many milliseconds. */
export async function waitUntil(
  condition: () => boolean,
  ms: number,
): Promise<void> {
  for (let left = ms; left > 0 && !condition(); left -= 10) {
    await new Promise<void>((resolve) => setTimeout(resolve, 10));
  }
}

/** A rejection of the promise is no unhandled one, also if the case ends early. */
export function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
