import type { Case, CaseContext, ChildContext } from "../../model/case.ts";
import { isNotFoundError } from "../../checks/error_chain.ts";
import { expectEqual, settle } from "../../checks/expect.ts";
import {
  expectBoundedMemory,
  growthOf,
  requireMemory,
} from "../shared/memory.ts";
import { notSeen } from "../shared/other_process.ts";
import type {
  ReadableObjectStore,
  WritableObjectStore,
} from "../../../src/object_store.ts";

const MIB = 1024 * 1024;
/** More than any store holds at once, so that what it holds is there before the measurement. */
const WARM = 48 * MIB;

/** Memory while a stream is stored: a part of group WRI. */
export const wriMemoryCases: readonly Case[] = [{
  id: "WRI-17",
  clauses: [27, 33],
  level: "must",
  capabilities: ["write", "streaming"],
  needs: ["module"],
  timeoutMs: 600_000,
  title: "memory stays bounded while a stream of unknown size is stored",
  explain:
    "The peak of the process's resident memory, seen from outside, grows by less than 128 MiB while a stream of 256 MiB without a size is stored, and while it is read again where the store can, or by no more for 512 MiB than for 256: parts are sent as they come, and never collected.",
  run: checkMemory,
  child: moveStream,
}];

async function checkMemory(ctx: CaseContext): Promise<void> {
  await requireMemory(ctx);
  await expectBoundedMemory(
    ctx,
    (size) => growWhileStored(ctx, size),
    "the whole stream may be held in memory",
  );
}

/** Stores a stream in a process of its own, checks what was stored, and returns by how much that process's peak of memory has grown. */
async function growWhileStored(
  ctx: CaseContext,
  size: number,
): Promise<number> {
  const name = ctx.name(`big-${size}`);
  const child = await ctx.child({ name, size, canRead: ctx.has("read") });
  await child.event("warm");
  let right: unknown;
  const grown = await growthOf(ctx, child.storePid, async () => {
    await child.send("go");
    right = await child.event("done");
  });
  await child.send("end");
  await child.ended;
  if (ctx.has("process")) {
    const asked = await settle(ctx.store.getObjectSize(name));
    if (asked.status === "rejected" && isNotFoundError(asked.reason)) {
      throw notSeen(ctx, name);
    }
    const found = asked.status === "fulfilled" ? asked.value : undefined;
    expectEqual(ctx, found, size, "the object's size");
  }
  expectEqual(ctx, right, true, "whether the bytes that were read are right", {
    clause: 8,
  });
  return grown;
}

async function moveStream(ctx: ChildContext): Promise<void> {
  const { name, size, canRead } = ctx.input as {
    name: string;
    size: number;
    canRead: boolean;
  };
  const store = await ctx.open() as WritableObjectStore & ReadableObjectStore;
  await store.writeObject(`${name}-warm`, makeStream(WARM));
  if (canRead) {
    const { stream } = await store.readObject(`${name}-warm`);
    for await (const _ of stream) { /* Only that it is read matters. */ }
  }
  await ctx.emit("warm");
  await ctx.wait("go");
  await store.writeObject(name, makeStream(size));
  const isRight = !canRead ||
    await isAsMade((await store.readObject(name)).stream, size);
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

async function isAsMade(
  stream: ReadableStream<Uint8Array>,
  size: number,
): Promise<boolean> {
  let at = 0;
  let block = makeBlock(0);
  for await (const chunk of stream) {
    for (const byte of chunk) {
      if (at % MIB === 0) block = makeBlock(at);
      if (byte !== block[at % MIB]) return false;
      at++;
    }
  }
  return at === size;
}
