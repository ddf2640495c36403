import * as fs from "node:fs/promises";
import type { CaseContext } from "../../model/case.ts";
import {
  expectBytes,
  type ExpectOptions,
  NO_FILE_HINT,
} from "../../checks/expect.ts";

/**
 * Fails the case unless a path is a regular file, no symlink, with exactly
 * these bytes. Where it is not, clause 10 is broken unless `options` name
 * another, as for an old file that was to stay; where its bytes are damaged,
 * see {@linkcode expectBytes}.
 */
export async function expectFile(
  ctx: CaseContext,
  path: string,
  bytes: Uint8Array,
  what: string,
  options: ExpectOptions = {},
): Promise<void> {
  let actual: Uint8Array;
  try {
    const stat = await fs.lstat(path);
    if (!stat.isFile()) {
      const kind = stat.isDirectory() ? "a directory" : "not a regular file";
      throw new Error(`${path} is ${kind}`);
    }
    actual = await fs.readFile(path);
  } catch (error) {
    throw ctx.fail({
      expected: `${what}: a regular file`,
      observed: (error as Error).message,
      clause: 10,
      ...(isMissing(error) && options.clause === undefined
        ? { hint: NO_FILE_HINT }
        : {}),
      ...options,
    });
  }
  expectBytes(ctx, actual, bytes, what, options);
}

function isMissing(error: unknown): boolean {
  return (error as { code?: unknown }).code === "ENOENT";
}
