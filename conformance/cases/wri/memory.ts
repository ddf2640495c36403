import { readFile } from "node:fs/promises";
import type { Case, CaseContext, ChildContext } from "../../model/case.ts";
import { expect, expectEqual } from "../../checks/expect.ts";
import type {
  ReadableObjectStore,
  WritableObjectStore,
} from "../../../src/object_store.ts";

const MIB = 1024 * 1024;
const MOVED = 256 * MIB;
const BOUND = 128 * MIB;
/** More than any store holds at once, so that what it holds is there before the measurement. */
const WARM = 48 * MIB;

/** Memory while a stream is stored: a part of group WRI. */
export const wriMemoryCases: readonly Case[] = [{
  id: "WRI-17",
  clauses: [27, 33],
  level: "must",
  capabilities: ["write", "streaming"],
  needs: ["module"],
  timeoutMs: 300_000,
  title: "memory stays bounded while a stream of unknown size is stored",
  explain:
    "The peak of the process's resident memory, seen from outside, grows by less than 128 MiB while a stream of 256 MiB without a size is stored, and while it is read again where the store can: parts are sent as they come, and never collected.",
  run: checkMemory,
  child: moveStream,
}];

async function checkMemory(ctx: CaseContext): Promise<void> {
  if (ctx.isSlow) {
    throw ctx.unverified("the store is too slow here for 256 MiB");
  }
  if (ctx.limits.largestObject < MOVED) {
    throw ctx.unverified("limits.largestObject is less than 256 MiB");
  }
  if (await readPeak("self") === undefined) {
    throw ctx.unverified("this system does not tell a process's peak memory");
  }
  const name = ctx.name("big");
  const input = { name, canRead: ctx.has("read") };
  const child = await ctx.child(input);
  await child.event("warm");
  const before = await readPeak(`${child.pid}`);
  await child.send("go");
  const right = await child.event("done");
  const after = await readPeak(`${child.pid}`);
  await child.send("end");
  await child.ended;
  if (before === undefined || after === undefined) {
    throw ctx.broken("the child's memory cannot be read");
  }
  const size = await ctx.store.getObjectSize(name).catch(() => undefined);
  if (ctx.has("process")) expectEqual(ctx, size, MOVED, "the object's size");
  expectEqual(ctx, right, true, "whether the bytes that were read are right", {
    clause: 8,
  });
  const grown = after - before;
  expect(ctx, grown <= BOUND, {
    expected: `peak memory grows by at most ${BOUND / MIB} MiB`,
    observed: `it grew by ${Math.round(grown / MIB)} MiB`,
    hint: "the whole stream may be held in memory",
  });
}

async function moveStream(ctx: ChildContext): Promise<void> {
  const { name, canRead } = ctx.input as { name: string; canRead: boolean };
  const store = await ctx.open() as WritableObjectStore & ReadableObjectStore;
  await store.writeObject(`${name}-warm`, makeStream(WARM));
  if (canRead) {
    const { stream } = await store.readObject(`${name}-warm`);
    for await (const _ of stream) { /* Only that it is read matters. */ }
  }
  await ctx.emit("warm");
  await ctx.wait("go");
  await store.writeObject(name, makeStream(MOVED));
  const isRight = !canRead ||
    await isAsMade((await store.readObject(name)).stream);
  await ctx.emit("done", isRight);
  await ctx.wait("end");
  await store.close();
}

/** Blocks that are all different, so that none can be left out or repeated. */
function makeStream(size: number): ReadableStream<Uint8Array> {
  let done = 0;
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(makeBlock(done));
      done += MIB;
      if (done >= size) controller.close();
    },
  }, { highWaterMark: 0 });
}

function makeBlock(at: number): Uint8Array {
  const block = new Uint8Array(MIB).fill(at / MIB);
  new DataView(block.buffer).setFloat64(0, at);
  return block;
}

async function isAsMade(stream: ReadableStream<Uint8Array>): Promise<boolean> {
  let at = 0;
  let block = makeBlock(0);
  for await (const chunk of stream) {
    for (const byte of chunk) {
      if (at % MIB === 0) block = makeBlock(at);
      if (byte !== block[at % MIB]) return false;
      at++;
    }
  }
  return at === MOVED;
}

/** The most memory that a process has had, in bytes, where the system tells. */
async function readPeak(pid: string): Promise<number | undefined> {
  try {
    const status = await readFile(`/proc/${pid}/status`, "utf8");
    const [, kib] = status.match(/^VmHWM:\s*(\d+) kB/m) ?? [];
    return kib === undefined ? undefined : Number(kib) * 1024;
  } catch {
    // No such file system, or no permission to read it.
    return undefined;
  }
}
