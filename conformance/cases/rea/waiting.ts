import type { CaseContext } from "../../model/case.ts";
import { expect, expectBytes, settle } from "../../checks/expect.ts";
import { countTicks } from "../../checks/ticks.ts";
import { concatenate } from "../../checks/concatenate.ts";
import { readObject, readOn, succeed } from "../shared/powers.ts";
import { BIG } from "../shared/transfers.ts";
import {
  recordRequests,
  untilQuiet,
  wireEvidence,
  wireOf,
} from "../shared/wire.ts";

const MIB = 2 ** 20;
/** More than systems hold for a connection, several times. */
const LARGE = 64 * MIB;
/** Less than this has no room for the buffers of two systems and a store. */
const LEAST = 32 * MIB;
/** A longer silence is not waited for. */
const LONGEST_WAIT = 20_000;

/** REA-17: a reader waits for longer than a service may. */
export async function checkSlowReader(ctx: CaseContext): Promise<void> {
  const { stallTimeoutMs } = ctx.limits;
  if (stallTimeoutMs === undefined || stallTimeoutMs > LONGEST_WAIT) {
    throw ctx.unverified(
      `the harness gives no limits.stallTimeoutMs up to ${LONGEST_WAIT}`,
    );
  }
  // So that more is left at the service than any buffer takes.
  const bytes = ctx.bytes(BIG);
  const name = ctx.name();
  await ctx.given(name, bytes);
  const { stream } = await readObject(ctx, name);
  const reader = stream.getReader();
  const what = `a stream whose reader waits for more than ${stallTimeoutMs} ms`;
  const came: Uint8Array[] = [];
  for (let i = 0; i < 2; i++) {
    await countTicks(stallTimeoutMs * 1.4).over;
    const next = await ctx.within(20_000, settle(reader.read()), what);
    if (next.status === "rejected") throw failed(ctx, what, next.reason);
    if (next.value.value) came.push(next.value.value);
  }
  const { bytes: rest, failure } = await readOn(ctx, reader, what);
  if (failure) throw failed(ctx, what, failure.error);
  expectBytes(ctx, concatenate([...came, rest]), bytes, what);
}

/** REA-18: what is taken for a reader that waits. */
export async function checkBounded(ctx: CaseContext): Promise<void> {
  if (ctx.isSlow) {
    throw ctx.unverified("the store is too slow here for 64 MiB");
  }
  const size = Math.min(LARGE, ctx.limits.largestObject);
  if (size < LEAST) {
    throw ctx.unverified("limits.largestObject is less than 32 MiB");
  }
  const name = ctx.name();
  await ctx.given(name, ctx.bytes(size));
  let taken = 0;
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  const requests = await recordRequests(ctx, async () => {
    const { stream } = await readObject(ctx, name);
    reader = stream.getReader();
    await succeed(ctx, reader.read(), "a first chunk");
    const meter = wireOf(ctx).meter();
    await untilQuiet(ctx);
    await countTicks(500).over;
    taken = meter.responseBytes;
  });
  const all = requests.reduce((sum, each) => sum + each.responseBytes, 0);
  await reader?.cancel();
  expect(ctx, all < size / 2, {
    expected:
      `of ${size} bytes less than half is taken for a reader that waits`,
    observed: `${all} bytes were, ${taken} of them after the first chunk`,
    hint: "the body is read as fast as it comes",
    evidence: [wireEvidence(ctx)],
  });
}

function failed(ctx: CaseContext, what: string, error: unknown): Error {
  return ctx.fail({
    expected: `${what} goes on when it is read again`,
    observed: `it errored with ${error}`,
    hint: "the time that the reader took is counted as the service's",
  });
}
