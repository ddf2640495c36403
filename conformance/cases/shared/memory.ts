import { readFile } from "node:fs/promises";
import type { CaseContext } from "../../model/case.ts";
import { expect } from "../../checks/expect.ts";

const MIB = 2 ** 20;
/** The bytes that are moved while a process's memory is watched. */
const MOVED = 256 * MIB;
/** Growth that needs no second look. */
const BOUND = 128 * MIB;
/** Growth by which twice the bytes may differ from once the bytes: a store that holds a quarter of what it moves exceeds it. */
const DIFFERENCE = 64 * MIB;

/** Stops the case unless the memory of a process that moves {@linkcode MOVED} bytes can be judged. */
export async function requireMemory(ctx: CaseContext): Promise<void> {
  if (ctx.isSlow) {
    throw ctx.unverified("the store is too slow here for 256 MiB");
  }
  if (ctx.limits.largestObject < MOVED) {
    throw ctx.unverified("limits.largestObject is less than 256 MiB");
  }
  if (await readPeak("self") === undefined) {
    throw ctx.unverified("this system does not tell a process's peak memory");
  }
}

/**
 * Fails if the peak of a process's memory grows with what it moves.
 *
 * A runtime may leave more garbage than another, the more so on a busy machine, and no clause says how
 * much a store may hold. So growth beyond 128 MiB is looked at twice: what is bounded is as much for
 * twice the bytes.
 *
 * @param grow Moves so many bytes in a process of its own, and returns by how much its peak has grown.
 * @param hint What such a store does, for the failure.
 */
export async function expectBoundedMemory(
  ctx: CaseContext,
  grow: (size: number) => Promise<number>,
  hint: string,
): Promise<void> {
  const grown = await grow(MOVED);
  if (grown <= BOUND) return;
  const isLimited = ctx.limits.largestObject < 2 * MOVED;
  const other = await grow(isLimited ? MOVED / 2 : 2 * MOVED);
  const difference = isLimited ? grown - other : other - grown;
  const rest = isLimited ? 128 : 512;
  expect(ctx, difference <= (isLimited ? DIFFERENCE / 2 : DIFFERENCE), {
    expected: `peak memory grows by at most ${
      BOUND / MIB
    } MiB, or as much for ${rest} MiB as for 256`,
    observed: `it grew by ${inMib(grown)} MiB for 256 MiB, and by ${
      inMib(other)
    } MiB for ${rest}`,
    hint,
  });
}

function inMib(bytes: number): number {
  return Math.round(bytes / MIB);
}

/** Reads the most memory that a process has had, in bytes, where the system tells. */
async function readPeak(
  pid: number | "self",
): Promise<number | undefined> {
  try {
    const status = await readFile(`/proc/${pid}/status`, "utf8");
    const [, kib] = status.match(/^VmHWM:\s*(\d+) kB/m) ?? [];
    return kib === undefined ? undefined : Number(kib) * 1024;
  } catch {
    // No such file system, or no permission to read it.
    return undefined;
  }
}

/** Computes by how much the peak of a process's memory grows during an action. */
export async function growthOf(
  ctx: CaseContext,
  pid: number,
  move: () => Promise<void>,
): Promise<number> {
  const before = await readPeak(pid);
  await move();
  const after = await readPeak(pid);
  if (before === undefined || after === undefined) {
    throw ctx.broken("the child's memory cannot be read");
  }
  return after - before;
}
