import type { Case, CaseContext } from "../../model/case.ts";
import { expectBytes, expectEqual, settle } from "../../checks/expect.ts";
import { settlesWithin } from "../../checks/ticks.ts";
import type { ObjectStore } from "../../../src/object_store.ts";
import { CLAUSE_OF_TRANSFER, reachCall } from "../shared/earlier_failure.ts";
import { collect, readObject } from "../shared/powers.ts";
import { BIG, makeGate, quiet } from "../shared/transfers.ts";

/** Milliseconds that what begins later may wait for what is held. */
const BLOCKED_MS = 3_000;

/** The part of group CON about what is shared between operations on one object. */
export const conJoinedCases: readonly Case[] = [{
  id: "CON-11",
  clauses: [4, 29],
  level: "must",
  timeoutMs: 120_000,
  title: "what begins after an upload sees it, whatever is still under way",
  explain:
    "A download, and where it is declared a reading, are under way while their object is replaced, by the same handle and by another. When the upload has resolved, a size is asked and another download and reading begin: they are about the new object. Check for operations on one object that join another one which has begun before, and get its answer.",
  async run(ctx) {
    const writers = [ctx.store, await ctx.secondHandle()];
    for (const [index, writer] of writers.entries()) {
      // As long, then shorter: in the one only the bytes tell, in the other the size does, too.
      const size = index === 0 ? BIG : 70_003;
      await checkReplaced(ctx, writer, size);
    }
  },
}];

async function checkReplaced(
  ctx: CaseContext,
  writer: ObjectStore,
  size: number,
): Promise<void> {
  const name = ctx.name("joined");
  const old = ctx.bytes(BIG, `old ${name}`);
  const bytes = ctx.bytes(size, `new ${name}`);
  await ctx.given(name, old);
  const gate = makeGate();
  const callback = () => gate.pass();
  const held = quiet(ctx.download(name, ctx.at(`${name}-held`), { callback }));
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  try {
    await reachCall(ctx, gate.reached, {
      what: "a download that is held",
      clause: CLAUSE_OF_TRANSFER.download,
      operations: [held],
    });
    if (ctx.has("read")) {
      reader = (await readObject(ctx, name)).stream.getReader();
      await ctx.within(20_000, reader.read(), "a first chunk");
    }
    const replacing = quiet(ctx.upload(name, bytes, {}, writer));
    if (!await settlesWithin(BLOCKED_MS, replacing, 10)) {
      gate.open();
      await reader?.cancel();
      await ctx.within(60_000, settle(replacing), "the upload");
      throw ctx.unverified("an upload waits for a download of the same object");
    }
    await replacing;
    await expectNew(ctx, name, bytes, () => gate.open());
  } finally {
    gate.open();
    // What becomes of these two is for other cases.
    await ctx.within(60_000, settle(held), "the download that was held");
    await reader?.cancel().catch(() => {});
  }
}

/** Begins everything, and lets go what is held where that waits for it. */
async function expectNew(
  ctx: CaseContext,
  name: string,
  bytes: Uint8Array,
  release: () => void,
): Promise<void> {
  const asking = quiet(ctx.store.getObjectSize(name));
  const fetching = quiet(ctx.fetch(name));
  const reading = ctx.has("read")
    ? quiet(readObject(ctx, name).then(({ stream }) => stream.getReader()))
    : undefined;
  const all = [asking, fetching, reading];
  await settlesWithin(BLOCKED_MS, Promise.allSettled(all));
  release();
  const what = "begun after an upload has resolved";
  const size = await ctx.within(60_000, asking, "the size");
  expectEqual(ctx, size, bytes.length, `the size, asked for ${what}`);
  const fetched = await ctx.within(60_000, fetching, "the later download");
  // Of damaged bytes it says clause 8 itself.
  expectBytes(ctx, fetched, bytes, `a download ${what}`);
  if (reading === undefined) return;
  const reader = await ctx.within(60_000, reading, "the later reading");
  const read = await collect(ctx, reader, "the later reading");
  expectBytes(ctx, read, bytes, `a reading ${what}`);
}
