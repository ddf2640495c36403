import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import * as fs from "node:fs/promises";
import { join } from "@std/path/join";
import type { Case, CaseContext } from "../../model/case.ts";
import { expectEqual } from "../../checks/expect.ts";
import { expectTrace, traceCalls } from "../../checks/trace.ts";

const SIZE = 2 ** 32 + 1;

/** SIZ-6, which is slow: it moves more than 4 GiB twice. */
export const largeSizeCase: Case = {
  id: "SIZ-6",
  clauses: [6, 8, 18],
  level: "must",
  title: "an object of 4 GiB and one byte keeps its size and bytes",
  explain:
    "Beyond 2^32 a size in 32 bits wraps. If this fails, look for bit operators on sizes and positions, and for a limit that is not told. It needs about 9 GiB of disk beside what the store takes.",
  capabilities: ["large"],
  explicit: true,
  timeoutMs: 3_600_000,
  async run(ctx) {
    if (ctx.isSlow) throw ctx.unverified("the store is too slow here for it");
    if (ctx.limits.largestObject < SIZE) {
      throw ctx.skip(`'limits.largestObject' is below ${SIZE} bytes`);
    }
    const source = join(ctx.scratch, "large");
    await writeSparse(ctx, source);
    const expected = await hashOf(source);
    const name = ctx.name("large");
    const up = traceCalls();
    await ctx.store.uploadObject(name, source, { callback: up.callback });
    expectTrace(ctx, up, SIZE, "the upload");
    await fs.rm(source);
    const size = await ctx.store.getObjectSize(name);
    expectEqual(ctx, size, SIZE, "the size of the object");
    const path = ctx.at("large");
    const down = traceCalls();
    await ctx.download(name, path, { callback: down.callback });
    expectTrace(ctx, down, SIZE, "the download");
    const { size: onDisk } = await fs.stat(path);
    expectEqual(ctx, onDisk, SIZE, "the size of the downloaded file");
    const hash = await hashOf(path);
    expectEqual(ctx, hash, expected, "the SHA-256 of the file", { clause: 8 });
    await fs.rm(path);
  },
};

/** Bytes at both ends and around the positions where 31 and 32 bits end. */
async function writeSparse(ctx: CaseContext, path: string): Promise<void> {
  const file = await fs.open(path, "wx");
  try {
    await file.truncate(SIZE);
    for (const position of [0, 2 ** 31 - 512, SIZE - 1024]) {
      await file.write(ctx.bytes(1024, position), 0, 1024, position);
    }
  } finally {
    await file.close();
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  const chunks = createReadStream(path, { highWaterMark: 4 * 1024 * 1024 });
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest("hex");
}
