import { execFile } from "node:child_process";
import { constants } from "node:fs";
import * as fs from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname } from "@std/path/dirname";
import { join } from "@std/path/join";
import process from "node:process";
import { promisify } from "node:util";
import type { Case, CaseContext } from "../../model/case.ts";
import {
  checkCode,
  expectEqual,
  expectLocalError,
  expectRejection,
  settle,
} from "../../checks/expect.ts";
import { isStoreError } from "../../checks/error_chain.ts";
import { look } from "../shared/landing.ts";

/** The part of group DST about destinations that are no files and no directories. */
export const dstDeviceCases: readonly Case[] = [
  {
    id: "DST-15",
    clauses: [12, 11],
    level: "must",
    title: "a FIFO, a socket or a device is never replaced by a file",
    explain:
      "With overwrite it is a local error, without it that or FILE_EXISTS, at once: opening a FIFO would wait for a reader. Afterwards it is the same entry as before. If this fails, look at what the destination is before the transfer begins, not only whether it is a directory: rename replaces a FIFO without asking.",
    async run(ctx) {
      const name = ctx.name();
      // Less than a FIFO takes: Deno writes more into one by blocking the whole process.
      await ctx.given(name, ctx.bytes(1_001, 1));
      const checked = [
        await checkFifo(ctx, name),
        await checkSocket(ctx, name),
      ];
      const device = await look("/dev/null");
      // Root could replace it for the whole machine.
      if (device?.isCharacterDevice() && process.getuid?.() !== 0) {
        await checkUnharmed(ctx, name, "/dev/null", "a device");
        checked.push(true);
      }
      if (checked.includes(true)) return;
      throw ctx.unverified("neither a FIFO nor a socket can be made here");
    },
  },
];

/** @returns Whether there can be one. */
async function checkFifo(ctx: CaseContext, name: string): Promise<boolean> {
  const fifo = ctx.at("fifo");
  const made = await settle(promisify(execFile)("mkfifo", [fifo]));
  if (made.status === "rejected") return false;
  try {
    await checkUnharmed(ctx, name, fifo, "a FIFO");
  } finally {
    // Whoever waits for a reader would keep a thread for ever.
    const flags = constants.O_RDWR | constants.O_NONBLOCK;
    const end = await settle(fs.open(fifo, flags));
    if (end.status === "fulfilled") await end.value.close();
  }
  return true;
}

/** @returns Whether there can be one. */
async function checkSocket(ctx: CaseContext, name: string): Promise<boolean> {
  if (process.platform === "win32") return false;
  // The path of a socket is short, so the way to it is a symlink.
  const directory = await fs.mkdtemp(join(tmpdir(), "kit-"));
  try {
    const link = join(directory, "l");
    const path = ctx.at("s");
    await fs.symlink(dirname(path), link);
    const server = createServer();
    const listening = new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(join(link, "s"), resolve);
    });
    if ((await settle(listening)).status === "rejected") return false;
    try {
      await checkUnharmed(ctx, name, path, "a socket");
    } finally {
      await new Promise<void>((resolve) => server.close(() => resolve()));
    }
    return true;
  } finally {
    await fs.rm(directory, { recursive: true, force: true });
  }
}

async function checkUnharmed(
  ctx: CaseContext,
  name: string,
  path: string,
  kind: string,
): Promise<void> {
  const before = await identify(path);
  for (const overwrite of [true, false]) {
    const what = `a download to ${kind} with overwrite: ${overwrite}`;
    const download = ctx.download(name, path, { overwrite });
    const error = await expectRejection(ctx, download, what, { clause: 12 });
    if (overwrite) await expectLocalError(ctx, download, what);
    else if (isStoreError(error)) {
      checkCode(ctx, error, "FILE_EXISTS", what, { clause: 11 });
    } else await expectLocalError(ctx, download, what);
    const after = await identify(path);
    expectEqual(ctx, after, before, `${kind} after ${what}`);
  }
}

/** Which entry it is, and of which kind. */
async function identify(path: string): Promise<string> {
  const entry = await look(path);
  if (entry === undefined) return "nothing";
  const kind = entry.isFIFO()
    ? "FIFO"
    : entry.isSocket()
    ? "socket"
    : entry.isCharacterDevice()
    ? "device"
    : entry.isFile()
    ? "file"
    : "something else";
  return `${kind} ${entry.ino}`;
}
