import * as fs from "node:fs/promises";
import type { CaseContext } from "../../model/case.ts";
import { expect, expectBytes, settle } from "../../checks/expect.ts";

/** Fails the case unless a download has written a file with exactly these bytes. */
export async function expectFile(
  ctx: CaseContext,
  path: string,
  bytes: Uint8Array,
  what: string,
): Promise<void> {
  const read = await settle(fs.readFile(path));
  expect(ctx, read.status === "fulfilled", {
    expected: `${what} writes the file ${JSON.stringify(path)}`,
    observed: "it cannot be read",
    clause: 10,
  });
  expectBytes(ctx, read.value, bytes, what);
}
