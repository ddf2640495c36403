import * as fs from "node:fs/promises";
import type { CaseContext } from "../model/case.ts";
import { isNotFoundError } from "../checks/error_chain.ts";
import {
  blameFound,
  checkCode,
  errorChain,
  expectBytes,
  expectEqual,
  NO_FILE_HINT,
  settle,
} from "../checks/expect.ts";
import type { ObjectStore, UploadOptions } from "../../src/object_store.ts";

/** Writes a source file and returns its path. */
export async function writeSource(
  path: string,
  bytes: Uint8Array,
): Promise<string> {
  await fs.writeFile(path, bytes, { flag: "wx" });
  return path;
}

/** See `CaseContext.upload`. */
export async function upload(
  source: string,
  name: string,
  bytes: Uint8Array,
  options: UploadOptions | undefined,
  store: ObjectStore,
): Promise<void> {
  await writeSource(source, bytes);
  await (options === undefined
    ? store.uploadObject(name, source)
    : store.uploadObject(name, source, options));
}

/** See `CaseContext.given`. */
export async function given(
  ctx: CaseContext,
  source: string,
  name: string,
  bytes: Uint8Array,
  store: ObjectStore,
): Promise<void> {
  await writeSource(source, bytes);
  await must(
    ctx,
    () => store.uploadObject(name, source),
    `the upload of ${bytes.length} bytes as ${
      JSON.stringify(name)
    }, with which the case prepares itself,`,
    8,
  );
  await fs.rm(source, { force: true });
}

/** See `CaseContext.fetch`. */
export async function fetch(
  ctx: CaseContext,
  path: string,
  name: string,
  store: ObjectStore,
): Promise<Uint8Array<ArrayBuffer>> {
  await must(
    ctx,
    () => store.downloadObject(name, path),
    `the download of ${JSON.stringify(name)} to a new path`,
    10,
  );
  return await readAndRemove(ctx, path, name);
}

/** Fails unless the object's size and bytes are these through one store: see `CaseContext.expectObject`. */
export async function expectStored(
  ctx: CaseContext,
  store: ObjectStore,
  path: string,
  name: string,
  bytes: Uint8Array,
  what: string,
): Promise<void> {
  const size = await settle(store.getObjectSize(name));
  if (size.status === "rejected") {
    // What is not there for a download either was never stored.
    const isLost = isNotFoundError(size.reason) &&
      isNotFoundError(await rejectionOf(store.downloadObject(name, path)));
    throw ctx.fail({
      expected: `${what}: getObjectSize(${JSON.stringify(name)}) succeeds`,
      observed: "it rejected",
      clause: isLost ? 8 : 6,
      evidence: [errorChain(size.reason)],
    });
  }
  if (size.value !== bytes.length) {
    // Where the object is not as it was given, its size is what it should be of that one.
    const found = await settle(fetch(ctx, path, name, store));
    if (found.status === "fulfilled" && size.value === found.value.length) {
      expectBytes(ctx, found.value, bytes, what, { clause: 8 });
    }
  }
  expectEqual(ctx, size.value, bytes.length, `${what}: the object's size`, {
    clause: 6,
  });
  expectBytes(ctx, await fetch(ctx, path, name, store), bytes, what);
}

/** Fails unless the object's bytes are these by the oracle, if there is one: see `CaseContext.expectObject`. */
export async function expectInOracle(
  ctx: CaseContext,
  name: string,
  bytes: Uint8Array,
  what: string,
): Promise<void> {
  if (ctx.oracle === undefined) return;
  const stored = await ctx.oracle.get(name, ctx.place);
  if (stored === undefined) {
    throw ctx.fail({
      expected: `${what}: the object is stored`,
      observed: "the oracle finds no such object",
      clause: 8,
    });
  }
  expectBytes(ctx, stored, bytes, `${what}, as the oracle sees it`);
}

/** See `CaseContext.expectNoObject`. */
export async function expectNoObject(
  ctx: CaseContext,
  path: string,
  name: string,
  what: string,
): Promise<void> {
  const shown = JSON.stringify(name);
  for (
    const [method, promise] of [
      ["getObjectSize", ctx.store.getObjectSize(name)],
      ["downloadObject", ctx.store.downloadObject(name, path)],
    ] as const
  ) {
    const whole = `${what}, so ${method}(${shown})`;
    const outcome = await ctx.within(
      20_000,
      settle<unknown>(promise),
      whole,
    );
    if (outcome.status === "fulfilled") {
      // An object that is there breaks what the case is about; to resolve with nothing does not say that one is.
      const isEmpty = method === "downloadObject" &&
        (await settle(fs.lstat(path))).status === "rejected";
      throw ctx.fail({
        expected: `${whole} rejects`,
        observed: isEmpty ? "it fulfilled, without a file" : "it fulfilled",
        ...(isEmpty
          ? { clause: 10, hint: NO_FILE_HINT }
          : await blameFound(ctx)),
      });
    }
    checkCode(ctx, outcome.reason, "OBJECT_NOT_FOUND", whole, { clause: 7 });
  }
  const stored = await ctx.oracle?.get(name, ctx.place);
  if (stored !== undefined) {
    throw ctx.fail({
      expected: `${what}: there is no such object`,
      observed: `the oracle finds one of ${stored.length} bytes`,
    });
  }
}

/** The error of a call, or nothing if it succeeds. */
async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  const outcome = await settle(promise);
  return outcome.status === "rejected" ? outcome.reason : undefined;
}

async function must<T>(
  ctx: CaseContext,
  operation: () => Promise<T>,
  what: string,
  clause: number,
): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw ctx.fail({
      expected: `${what} succeeds`,
      observed: "it rejected",
      clause,
      evidence: [errorChain(error)],
    });
  }
}

async function readAndRemove(
  ctx: CaseContext,
  path: string,
  name: string,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const bytes = new Uint8Array(await fs.readFile(path));
    await fs.rm(path);
    return bytes;
  } catch (error) {
    throw ctx.fail({
      expected: `the download of ${JSON.stringify(name)} has written its file`,
      observed: "it resolved, and the file cannot be read",
      clause: 10,
      hint: NO_FILE_HINT,
      evidence: [errorChain(error)],
    });
  }
}
