import type { CaseContext } from "../../model/case.ts";
import { expect } from "../../checks/expect.ts";
import { expectFile } from "./expect_file.ts";
import { watchPath } from "./watch_path.ts";

/** A download over what is there, and what may be seen of it. */
export interface Replacing {
  /** The object's name. */
  readonly name: string;
  /** The path that the download is given. @default {path} */
  readonly to?: string;
  /** The file that is replaced. */
  readonly path: string;
  /** Its bytes, through a link if it is one; `undefined` if there are none. */
  readonly old: Uint8Array | undefined;
  /** The object's bytes. */
  readonly bytes: Uint8Array;
  /** The file that is there then, in words. */
  readonly what: string;
}

/**
 * Downloads with overwrite, and fails the case unless the file is the object
 * then, and the name has been the old file or the new one at each moment
 * (clause 12): one that is removed before the new one comes is absent for a
 * while.
 */
export async function downloadOver(
  ctx: CaseContext,
  { name, path, to = path, old, bytes, what }: Replacing,
): Promise<void> {
  const watcher = watchPath(path, { old, new: bytes, mayReserve: false });
  const download = ctx.download(name, to, { overwrite: true });
  await watcher.until(download);
  await download;
  await expectFile(ctx, path, bytes, what);
  expect(ctx, watcher.wrong === undefined, {
    expected:
      "with overwrite the name is the old file or the new one at each moment",
    observed: watcher.wrong ?? "",
    clause: 12,
  });
}
