import * as fs from "node:fs/promises";
import { join } from "@std/path/join";
import type { Case, CaseContext } from "../../model/case.ts";
import { expectBytes, expectLocalError } from "../../checks/expect.ts";
import { expectUntouched, snapshot } from "../../checks/snapshot.ts";
import { plant } from "../shared/landing.ts";

/** The case of group ATM about a full disk. */
export const atmFullDiskCases: readonly Case[] = [
  {
    id: "ATM-10",
    clauses: [12, 14],
    level: "should",
    needs: ["smallDevice"],
    exclusive: true,
    title: "a full disk leaves the old file, and no temporary one",
    explain:
      "ENOSPC comes while the temporary file is written or when it is published. It is a local error, the old file stays, and the space is given back.",
    timeoutMs: 60_000,
    async run(ctx) {
      const directory = await fs.mkdtemp(
        join(ctx.devices.smallDevice ?? "", "conformance-"),
      );
      try {
        await checkFullDisk(ctx, directory);
      } finally {
        await fs.rm(directory, { recursive: true, force: true });
      }
    },
  },
];

async function checkFullDisk(
  ctx: CaseContext,
  directory: string,
): Promise<void> {
  const [name, bytes] = [ctx.name(), ctx.bytes(2 * 1024 * 1024 + 11, 1)];
  if (bytes.length < 1024 * 1024) {
    throw ctx.unverified("the store's objects are too small to fill a disk");
  }
  await ctx.given(name, bytes);
  const old = ctx.bytes(5_003, 2);
  await plant(join(directory, "file"), old);
  await fillUp(join(directory, "filler"));
  const before = await snapshot(directory);
  for (const to of ["file", "new", "made/for/it"]) {
    const what = `a download to "${to}" on a full disk`;
    const download = ctx.download(name, join(directory, to), {
      overwrite: true,
    });
    await expectLocalError(ctx, download, what);
    await expectUntouched(ctx, directory, before, what);
  }
  const file = await fs.readFile(join(directory, "file"));
  expectBytes(ctx, file, old, "the old file on the full disk");
}

/** Leaves less than 256 KiB. */
async function fillUp(path: string): Promise<void> {
  const handle = await fs.open(path, "wx");
  const piece = new Uint8Array(128 * 1024).fill(0x55);
  try {
    for (let at = 0; at < 64 * 1024 * 1024; at += piece.length) {
      const { bytesWritten } = await handle.write(piece);
      if (bytesWritten < piece.length) break;
    }
  } catch {
    // It is full now.
  } finally {
    await handle.close();
  }
}
