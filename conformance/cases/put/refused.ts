import { execFile } from "node:child_process";
import * as fs from "node:fs/promises";
import { constants } from "node:fs";
import { join } from "@std/path/join";
import process from "node:process";
import { promisify } from "node:util";
import type { Case, CaseContext } from "../../model/case.ts";
import {
  errorChain,
  expect,
  expectLocalError,
  settle,
} from "../../checks/expect.ts";
import {
  becomeOther,
  checkOutcome,
  isRoot,
  letOthersIn,
  letOthersWrite,
  type Outcome,
  outcomeOf,
} from "../shared/other_user.ts";

/** Sources that cannot be uploaded: a part of group PUT. */
export const putRefusedCases: readonly Case[] = [
  {
    id: "PUT-4",
    clauses: [9, 23],
    level: "must",
    title: "a missing source is the local error, and no object is made",
    explain:
      "Blame is decided where it arises: a missing local file is never ObjectNotFoundError, and never worth a retry. If this fails, look for one catch around both sides.",
    async run(ctx) {
      const file = await ctx.source(ctx.bytes(11, "file"));
      const link = join(ctx.scratch, "dangling");
      await fs.symlink("nowhere", link);
      const old = ctx.bytes(211, "old");
      const replaced = ctx.name("replaced");
      await ctx.given(replaced, old);
      const missing = [
        ["a missing file", join(ctx.scratch, "missing")],
        ["a missing directory", join(ctx.scratch, "missing", "file")],
        ["a dangling symlink", link],
        ["a path below a file", join(file, "below")],
      ] as const;
      for (const [what, path] of missing) {
        const fresh = ctx.name("never");
        for (const name of [fresh, replaced]) {
          const uploading = ctx.store.uploadObject(name, path);
          const called = `the upload of ${what}`;
          const error = await expectLocalError(ctx, uploading, called);
          if (path.startsWith(file)) continue;
          expect(ctx, isMissing(error), {
            expected: `${called} rejects with the error of the missing file`,
            observed: "it is another one",
            clause: 23,
            evidence: [errorChain(error)],
          });
        }
        await ctx.expectNoObject(fresh, `${what} cannot be uploaded`);
        await ctx.expectObject(replaced, old, `after an upload of ${what}`);
      }
    },
  },
  {
    id: "PUT-5",
    clauses: [9, 23],
    level: "must",
    title: "a directory, a FIFO, a device or an unreadable file is refused",
    explain:
      "Opening a FIFO waits for a writer, perhaps for ever. If this fails, look at what the source is before it is opened, and open it without blocking.",
    async run(ctx) {
      const directory = join(ctx.scratch, "directory");
      await fs.mkdir(directory);
      await checkRefused(ctx, "a directory", directory);
      await checkFifo(ctx);
      const device = await fs.stat("/dev/null").catch(() => undefined);
      if (device?.isCharacterDevice()) {
        await checkRefused(ctx, "a device", "/dev/null");
      }
      await checkUnreadable(ctx);
    },
    async child(ctx) {
      const { store: directory, good, bad, names } = ctx.input as ChildInput;
      const store = await ctx.open();
      await store.uploadObject(names[0], good);
      await letOthersWrite(directory);
      await becomeOther(ctx);
      const control = await outcomeOf(store.uploadObject(names[1], good));
      const outcome = await outcomeOf(store.uploadObject(names[2], bad));
      const after = await outcomeOf(store.getObjectSize(names[2]));
      await ctx.emit("outcomes", { control, outcome, after });
      await store.close();
    },
  },
];

interface ChildInput {
  store: string;
  good: string;
  bad: string;
  names: [string, string, string];
}

async function checkRefused(
  ctx: CaseContext,
  what: string,
  path: string,
): Promise<void> {
  const name = ctx.name("never");
  const uploading = ctx.store.uploadObject(name, path);
  await expectLocalError(ctx, uploading, `the upload of ${what}`);
  await ctx.expectNoObject(name, `${what} cannot be uploaded`);
}

async function checkFifo(ctx: CaseContext): Promise<void> {
  const fifo = join(ctx.scratch, "fifo");
  try {
    await promisify(execFile)("mkfifo", [fifo]);
  } catch {
    // Where there is no such command there are no FIFOs to be afraid of.
    return;
  }
  try {
    await checkRefused(ctx, "a FIFO", fifo);
    const link = join(ctx.scratch, "link to a FIFO");
    await fs.symlink(fifo, link);
    await checkRefused(ctx, "a symlink to a FIFO", link);
  } finally {
    // Whoever waits for a writer would keep a thread for ever.
    const flags = constants.O_RDWR | constants.O_NONBLOCK;
    const end = await settle(fs.open(fifo, flags));
    if (end.status === "fulfilled") await end.value.close();
  }
}

/** Root reads everything, so the upload is done by another user. */
async function checkUnreadable(ctx: CaseContext): Promise<void> {
  if (process.platform === "win32") return;
  const bad = await ctx.source(ctx.bytes(97, "bad"));
  await fs.chmod(bad, 0);
  if (!isRoot()) return await checkRefused(ctx, "an unreadable file", bad);
  const good = await ctx.source(ctx.bytes(101, "good"));
  await fs.chmod(good, 0o644);
  await letOthersIn(ctx.scratch);
  const names = [ctx.name(), ctx.name(), ctx.name()];
  const { directory: store } = ctx.place;
  const child = await ctx.child({ store, good, bad, names });
  const { control, outcome, after } = await child.event("outcomes") as Record<
    "control" | "outcome" | "after",
    Outcome
  >;
  await child.ended;
  if (control.status === "rejected") {
    throw ctx.unverified(
      `the store does not work for another user, as the check of an unreadable source wants: ${
        control.lines[0]
      }`,
    );
  }
  checkOutcome(ctx, outcome, "the upload of an unreadable file");
  expect(
    ctx,
    after.status === "rejected" && after.code === "OBJECT_NOT_FOUND",
    {
      expected: "an unreadable file cannot be uploaded, so there is no object",
      observed: after.status === "rejected"
        ? `${after.lines[0]}`
        : "there is one",
    },
  );
}

function isMissing(error: Error): boolean {
  return error.name === "NotFound" ||
    (error as { code?: unknown }).code === "ENOENT" ||
    (globalThis.Deno !== undefined && error instanceof Deno.errors.NotFound);
}
