import * as fs from "node:fs/promises";
import { join } from "@std/path/join";
import type { CaseContext } from "../../model/case.ts";
import { expectLocalError, settle } from "../../checks/expect.ts";
import { expectUntouched, snapshot } from "../../checks/snapshot.ts";
import { expectFile } from "../shared/expect_file.ts";

const DEVICE_LIMIT = 80 * 1024 * 1024;

const MIB = 1024 * 1024;

/** GET-10: downloads to a disk that is full. */
export async function checkFull(ctx: CaseContext): Promise<void> {
  const { smallDevice } = ctx.devices;
  if (smallDevice === undefined) {
    throw ctx.unverified(
      "the harness gives no 'smallDevice', so a full disk was not tried",
    );
  }
  const bytes = ctx.bytes(MIB + 11, "full");
  const name = ctx.name("full");
  await ctx.given(name, bytes);
  const root = await fs.mkdtemp(join(smallDevice, "storekit-"));
  try {
    const landing = join(root, "landing");
    await fs.mkdir(landing);
    const old = join(landing, "old");
    await fs.writeFile(old, ctx.bytes(313, "old full"));
    await fillUp(ctx, join(root, "filler"), Math.floor(bytes.length / 2));
    const before = await snapshot(landing);
    for (const path of ["new", "a/b/new", "a/dir/", "old"]) {
      const what = `the download to "${path}" on a full disk`;
      const options = { overwrite: path === "old" };
      const downloading = ctx.download(name, `${landing}/${path}`, options);
      const outcome = await settle(downloading);
      if (outcome.status === "fulfilled" && await hasRoom(root, bytes)) {
        throw ctx.unverified("someone else has made room on 'smallDevice'");
      }
      await expectLocalError(ctx, downloading, what);
      await expectUntouched(ctx, landing, before, what);
    }
    await fs.rm(join(root, "filler"));
    await ctx.download(name, `${landing}/a/new`);
    const what = "the same download when there is space again";
    await expectFile(ctx, `${landing}/a/new`, bytes, what);
  } finally {
    await fs.rm(root, { recursive: true, force: true });
  }
}

/** Tells whether a device has room for so many bytes more. */
async function hasRoom(directory: string, bytes: Uint8Array): Promise<boolean> {
  const path = join(directory, "probe");
  const written = await settle(fs.writeFile(path, bytes));
  await fs.rm(path, { force: true });
  return written.status === "fulfilled";
}

/** Fills a device with one file until only about `spare` bytes are free. */
async function fillUp(
  ctx: CaseContext,
  path: string,
  spare: number,
): Promise<void> {
  const file = await fs.open(path, "wx");
  try {
    let size = 0;
    for (let step = MIB; step >= 4096 && size < DEVICE_LIMIT;) {
      try {
        size += (await file.write(new Uint8Array(step), 0, step, size))
          .bytesWritten;
      } catch (error) {
        if ((error as { code?: unknown }).code !== "ENOSPC") throw error;
        step /= 4;
      }
    }
    if (size >= DEVICE_LIMIT) {
      throw ctx.unverified("'smallDevice' is larger than 64 MiB");
    }
    await file.truncate(Math.max(0, size - spare));
  } finally {
    await file.close();
  }
}
