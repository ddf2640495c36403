import { join } from "@std/path/join";
import type { CaseContext } from "../../model/case.ts";
import { expect, expectBytes, expectEqual } from "../../checks/expect.ts";
import { countTicks } from "../../checks/ticks.ts";
import { close } from "./steps.ts";
import { expectFile } from "../shared/expect_file.ts";
import { makeGate, quiet, turn } from "../shared/transfers.ts";
import { wireEvidence, wireOf } from "../shared/wire.ts";
import type { ObjectStore } from "../../../src/object_store.ts";

/** An operation that is in flight when its store is closed. */
interface InFlight {
  readonly what: string;
  begin(store: ObjectStore): Promise<unknown>;
  /** Checks what it has done; the store is closed by now. */
  check(result: unknown): Promise<void>;
}

/** Holds the requests of one operation of each kind, closes its store, lets them go on, and checks it. */
export async function closeDuringRequests(ctx: CaseContext): Promise<void> {
  if (ctx.wire === undefined) return;
  const place = { segment: "held" };
  const [old, bytes] = [ctx.bytes(20_011, "old"), ctx.bytes(10_007, "new")];
  const [down, up] = [ctx.name("down"), ctx.name("up")];
  const source = await ctx.source(bytes);
  const path = join(ctx.scratch, "held");
  const operations: InFlight[] = [{
    what: "a size",
    begin: (store) => store.getObjectSize(down),
    // deno-lint-ignore require-await -- what it throws has to be a rejection.
    check: async (size) => expectEqual(ctx, size, old.length, "the size"),
  }, {
    what: "an upload",
    begin: (store) => store.uploadObject(up, source),
    async check() {
      const stored = ctx.has("reopen")
        ? await ctx.fetch(up, await ctx.open(place))
        : await ctx.oracle?.get(up, ctx.placeOf(place));
      if (stored) expectBytes(ctx, stored, bytes, "the upload in flight");
    },
  }, {
    what: "a download",
    begin: (store) => store.downloadObject(down, path),
    check: () => expectFile(ctx, path, old, "the download in flight"),
  }];
  for (const operation of operations) {
    const store = await ctx.open(place);
    await ctx.given(down, old, store);
    await closeDuring(ctx, store, operation);
  }
}

async function closeDuring(
  ctx: CaseContext,
  store: ObjectStore,
  { what, begin, check }: InFlight,
): Promise<void> {
  const gate = makeGate();
  const faults = wireOf(ctx).inject({
    action: { kind: "run", run: () => gate.pass() },
  });
  try {
    const operation = quiet(begin(store));
    await ctx.within(20_000, gate.reached, `a request of ${what}`);
    let hasClosed = false;
    const closing = quiet(store.close().then(() => void (hasClosed = true)));
    await turn(10);
    await countTicks(100).over;
    expect(ctx, !hasClosed, {
      expected: `close() waits for ${what} whose request is not answered yet`,
      observed: "it resolved before",
      evidence: [wireEvidence(ctx)],
    });
    gate.open();
    const result = await ctx.within(25_000, operation, `${what} in flight`);
    await close(ctx, closing);
    await faults.stop();
    await check(result);
  } finally {
    gate.open();
    await faults.stop();
  }
}
