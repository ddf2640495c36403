import * as fs from "node:fs/promises";
import { basename, join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import type { Case, CaseContext } from "../case.ts";
import {
  errorChain,
  expect,
  expectEqual,
  firstDifference,
  settle,
} from "../expect.ts";
import { isStoreError } from "../error_chain.ts";
import { expectUntouched, snapshot } from "../snapshot.ts";
import { traceCalls } from "../trace.ts";
import { severalReports } from "./size_grid.ts";

/** How an upload treats its source: a part of group PUT. */
export const putSourceCases: readonly Case[] = [
  {
    id: "PUT-2",
    clauses: [16, 9],
    level: "must",
    title: "a source is a path, a relative path or a file: URL",
    explain:
      "A string is always a path, also with `%41` or `file:` in it, and a relative one is fixed in the call itself. If this fails, look for a string that is decoded or parsed as a URL, or for a path that is resolved after an await.",
    exclusive: true,
    async run(ctx) {
      const odd = ["plain", "a %41#b?c", "ünï-😀", "-dash"];
      for (const [index, name] of odd.entries()) {
        const path = join(ctx.scratch, name);
        const bytes = ctx.bytes(301 + index, index);
        const isHeld = await settle(fs.writeFile(path, bytes));
        // Not every local file system has every name.
        if (isHeld.status === "rejected") continue;
        for (const filename of [path, pathToFileURL(path)]) {
          const object = ctx.name();
          await ctx.store.uploadObject(object, filename);
          const kind = typeof filename === "string" ? "path" : "URL";
          const what = `the upload of ${JSON.stringify(name)} as a ${kind}`;
          await ctx.expectObject(object, bytes, what);
        }
      }
      await checkRelative(ctx);
    },
  },
  {
    id: "PUT-6",
    clauses: [9],
    level: "must",
    title: "the source is not changed, moved or shared",
    explain:
      "If this fails, look for a rename or a hard link in place of a copy, for times and modes that are set, or for a file that is read only when it is asked for.",
    async run(ctx) {
      const directory = join(ctx.scratch, "sources");
      await fs.mkdir(directory);
      const path = join(directory, "file");
      const first = ctx.bytes(severalReports(ctx), 1);
      await fs.writeFile(path, first);
      await fs.utimes(path, 1_000_000_000, 1_000_000_001);
      await fs.symlink("file", join(directory, "link"));
      const name = ctx.name("copied");
      for (const mode of [0o444, 0o755, 0o644]) {
        await fs.chmod(path, mode);
        const before = await snapshot(directory);
        const untouched = (when: string) =>
          expectUntouched(ctx, directory, before, when, { clause: 9 });
        for (const file of ["file", "link"]) {
          const filename = join(directory, file);
          const { callback } = traceCalls(async (_, index) => {
            if (index === 0) await untouched("during an upload of the source");
          });
          await ctx.store.uploadObject(name, filename, { callback });
          await untouched(`after an upload of the ${file}`);
        }
        const reason = new Error("told to stop");
        const { callback } = traceCalls(() => {
          throw reason;
        });
        await settle(ctx.store.uploadObject(name, path, { callback }));
        await untouched("after an upload that failed");
      }
      // In place: whoever linked or remembers the source shows the new bytes.
      await fs.writeFile(path, ctx.bytes(first.length, 2));
      await ctx.expectObject(name, first, "after the source was written to");
      await fs.rm(directory, { recursive: true });
      await ctx.expectObject(name, first, "after the source was removed");
    },
  },
  {
    id: "PUT-9",
    clauses: [9, 8],
    level: "must",
    title: "a source that changes size gives an error or one moment's bytes",
    explain:
      "A log that is still written to is a common source. If this fails, look for a size asked once and bytes read later, or for parts read by opening the path again.",
    async run(ctx) {
      for (const change of ["shrinks", "grows", "is replaced"] as const) {
        for (const at of ["the first report", "the middle"] as const) {
          await checkChanging(ctx, change, at);
        }
      }
    },
  },
];

/** In two directories the same relative path means two files. */
async function checkRelative(ctx: CaseContext): Promise<void> {
  const here = join(ctx.scratch, "here");
  const there = join(ctx.scratch, "there");
  const back = process.cwd();
  const paths = ["bare", "sub/x", "./sub/x", "../beside", "file:x"];
  for (const [index, path] of paths.entries()) {
    // The system's own paths have no colon on Windows.
    if (path.includes(":") && process.platform === "win32") continue;
    const bytes = ctx.bytes(1201 + index, index);
    for (
      const [directory, content] of [[here, bytes], [
        there,
        bytes.slice(7),
      ]] as const
    ) {
      const root = join(directory, `${index}`, "cwd");
      await fs.mkdir(join(root, "sub"), { recursive: true });
      await fs.writeFile(join(root, path), content);
    }
    const name = ctx.name("relative");
    try {
      process.chdir(join(here, `${index}`, "cwd"));
      const uploading = settle(ctx.store.uploadObject(name, path));
      process.chdir(join(there, `${index}`, "cwd"));
      const what = `the upload of ${JSON.stringify(path)}`;
      const outcome = await ctx.within(20_000, uploading, what);
      if (outcome.status === "rejected") throw outcome.reason;
    } finally {
      process.chdir(back);
    }
    const what = `the upload of the relative path ${
      JSON.stringify(path)
    }, with another working directory since the call,`;
    await ctx.expectObject(name, bytes, what);
  }
}

async function checkChanging(
  ctx: CaseContext,
  change: "shrinks" | "grows" | "is replaced",
  at: "the first report" | "the middle",
): Promise<void> {
  const what = `the upload of a source that ${change} at ${at}`;
  const before = ctx.bytes(severalReports(ctx), `${change} ${at}`);
  const old = ctx.bytes(503, `old ${change} ${at}`);
  const after = contentAfter(ctx, change, before);
  const source = await ctx.source(before);
  const name = ctx.name("changing");
  await ctx.given(name, old);
  let isChanged = false;
  const trace = traceCalls(async ({ bytes, total }) => {
    if (isChanged || (at === "the middle" && bytes < total / 2)) return;
    isChanged = true;
    await changeSource(ctx, change, source, before.length, after);
  });
  const uploading = ctx.store.uploadObject(name, source, {
    callback: trace.callback,
  });
  const outcome = await ctx.within(20_000, settle(uploading), what);
  if (outcome.status === "rejected") {
    const { reason } = outcome;
    expect(ctx, !isStoreError(reason) || reason.code !== "OBJECT_NOT_FOUND", {
      expected: `${what}, if it fails, never says OBJECT_NOT_FOUND`,
      observed: "it does",
      evidence: [errorChain(reason)],
    });
    await ctx.expectObject(name, old, `${what} failed, so the old object`);
    return;
  }
  const size = await ctx.store.getObjectSize(name);
  const stored = await ctx.fetch(name);
  expectEqual(ctx, stored.length, size, `${what}: the count of bytes`);
  const isOneMoment =
    [before, after].some((bytes) =>
      firstDifference(stored, bytes) === undefined
    ) || change === "grows" && isBetween(stored, before, after);
  expect(ctx, isOneMoment, {
    expected: `${what} gives an error, or the bytes of one moment`,
    observed: `an object of ${stored.length} bytes, which the source never was`,
    evidence: [trace.evidence(), {
      title: "sizes of the source",
      lines: [`before: ${before.length}`, `after: ${after.length}`],
    }],
  });
  const last = trace.calls.at(-1);
  const total = `${what}: the total that the callback was told last`;
  expectEqual(ctx, last?.total, size, total, { clause: 18 });
}

function contentAfter(
  ctx: CaseContext,
  change: string,
  before: Uint8Array,
): Uint8Array {
  if (change === "shrinks") return before.subarray(0, before.length / 3);
  const more = ctx.bytes(Math.ceil(before.length / 2) + 1, "more");
  const start = change === "grows" ? before : ctx.bytes(before.length, "new");
  // Longer than before, so that no position in it is missing.
  return new Uint8Array([...start, ...more]);
}

async function changeSource(
  ctx: CaseContext,
  change: string,
  source: string,
  size: number,
  after: Uint8Array,
): Promise<void> {
  if (change === "shrinks") return await fs.truncate(source, after.length);
  if (change === "grows") {
    return await fs.appendFile(source, after.subarray(size));
  }
  const other = join(ctx.scratch, `${basename(source)}-other`);
  await fs.writeFile(other, after);
  await fs.rename(other, source);
}

/** While it grows there are moments between before and after. */
function isBetween(
  stored: Uint8Array,
  before: Uint8Array,
  after: Uint8Array,
): boolean {
  return stored.length >= before.length &&
    firstDifference(stored, after) === stored.length;
}
