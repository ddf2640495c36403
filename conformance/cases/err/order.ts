import * as fs from "node:fs/promises";
import { join } from "@std/path/join";
import { pathToFileURL } from "node:url";
import type { CaseContext } from "../../model/case.ts";
import { isStoreError } from "../../checks/error_chain.ts";
import {
  errorChain,
  expect,
  expectCode,
  expectLocalError,
  expectReason,
  expectRejection,
  settle,
} from "../../checks/expect.ts";
import { callAll } from "../../checks/invalid_names.ts";
import { expectNoStops, occupy } from "./provoke.ts";

/** ERR-13: both things of each neighbouring pair of clause 17 are wrong at once. */
export async function checkOrder(ctx: CaseContext): Promise<void> {
  const { store } = ctx;
  const name = ctx.name("given");
  const missing = ctx.name("missing");
  await ctx.given(name, ctx.bytes(100));
  const occupied = await occupy(ctx);
  const source = await ctx.source(ctx.bytes(10));
  const noSource = join(ctx.scratch, "not-there");
  const no = join(ctx.root, "no");
  const reason = new Error("the caller's own reason");
  const signal = AbortSignal.abort(reason);
  const closed = await ctx.open({ segment: "closed" });
  await closed.close();

  // Arguments, then closed.
  for (const [method, call] of callAll(closed, "", source, no)) {
    const what = `${method}("") on a closed store`;
    await expectCode(ctx, call(), "INVALID_OBJECT_NAME", what);
  }
  const { pathname } = pathToFileURL(source);
  const urls = [new URL("https://example.com/a"), new URL(`other:${pathname}`)];
  for (const filename of ["", "a\0b", ...urls]) {
    for (
      const [method, promise] of [
        ["uploadObject", closed.uploadObject(name, filename)],
        ["downloadObject", closed.downloadObject(name, filename)],
      ] as const
    ) {
      const what = `${method}() with an unusable filename on a closed store`;
      const error = await expectRejection(ctx, promise, what);
      expect(ctx, error instanceof TypeError, {
        expected: `${what} rejects with a TypeError`,
        observed: "it rejected with another error",
        evidence: [errorChain(error)],
      });
    }
  }
  // Closed, then the signal.
  const alone = await settle(closed.getObjectSize(name));
  const stops = alone.status === "rejected" && isStoreError(alone.reason) &&
      alone.reason.code === "CLOSED"
    ? []
    : ["getObjectSize of a closed store, which is not CLOSED (clause 28)"];
  for (
    const [what, promise] of [
      ["getObjectSize()", closed.getObjectSize(name, { signal })],
      ["uploadObject()", closed.uploadObject(name, source, { signal })],
      ["downloadObject()", closed.downloadObject(name, no, { signal })],
    ] as const
  ) {
    if (stops.length > 0) await settle<unknown>(promise);
    else {
      await expectCode(ctx, promise, "CLOSED", `${what}, closed and aborted,`);
    }
  }
  // The signal, then the local side; for getObjectSize, which has none, the store.
  for (
    const [what, promise] of [
      ["an upload of no file", store.uploadObject(name, noSource, { signal })],
      [
        "a download to an existing file",
        store.downloadObject(name, occupied, { signal }),
      ],
      ["getObjectSize of no object", store.getObjectSize(missing, { signal })],
    ] as const
  ) {
    await expectReason(ctx, promise, reason, `${what}, aborted,`);
  }
  await checkLocalBeforeStore(ctx, missing, occupied, noSource);
  expectNoStops(ctx, stops);
}

async function checkLocalBeforeStore(
  ctx: CaseContext,
  missing: string,
  occupied: string,
  noSource: string,
): Promise<void> {
  const directory = ctx.at("directory");
  await fs.mkdir(directory);
  await fs.writeFile(ctx.at("directory", missing), "mine");
  for (const path of [occupied, directory]) {
    const what = `the download of a missing object to the existing ${path}`;
    await expectCode(ctx, ctx.download(missing, path), "FILE_EXISTS", what);
  }
  const dots = `${missing}/..`;
  if (ctx.expectName(dots) === "keeps") {
    const what = "the download of a missing object named .. into a directory";
    const download = ctx.download(dots, directory);
    await expectCode(ctx, download, "INVALID_OBJECT_NAME", what);
  }
  for (
    const [capability, member] of [
      ["bucket", "openMissingBucket"],
      ["authz", "openForbidden"],
    ] as const
  ) {
    if (!ctx.has(capability)) continue;
    const outcome = await settle(ctx.openSpecial(member));
    if (outcome.status === "rejected") continue;
    const upload = outcome.value.uploadObject(missing, noSource);
    const what = "an upload of no file to a store that cannot take it";
    await expectLocalError(ctx, upload, what, { clause: 17 });
  }
}
