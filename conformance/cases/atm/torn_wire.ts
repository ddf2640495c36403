import { join } from "@std/path/join";
import type { CaseContext } from "../../model/case.ts";
import type { WireExchange } from "../../faults/fault.ts";
import { settlesWithin } from "../../checks/ticks.ts";
import { traceCalls } from "../../checks/trace.ts";
import type { Replacement, SeenUpload } from "./torn.ts";
import { severalParts } from "../shared/transfers.ts";
import { recordRequests, underFaults } from "../shared/wire.ts";
import type { ObjectStore } from "../../../src/object_store.ts";

/** In one request, for most stores. */
const SMALL = 40_009;
/** The time that another operation may wait for one that is held. */
export const BLOCKED_MS = 3_000;

/** ATM-6: replaces the object before each request of a download, and after its answer. */
export async function checkReplacedAtRequests(
  ctx: CaseContext,
  check: (ctx: CaseContext, replacement: Replacement) => Promise<void>,
): Promise<void> {
  if (ctx.wire === undefined) return;
  for (const size of [SMALL, severalParts(ctx)]) {
    await checkSizeReplaced(ctx, size, check);
  }
}

async function checkSizeReplaced(
  ctx: CaseContext,
  size: number,
  check: (ctx: CaseContext, replacement: Replacement) => Promise<void>,
): Promise<void> {
  const second = await ctx.secondHandle();
  const probe = ctx.name("probe");
  await ctx.given(probe, ctx.bytes(size, "probe"));
  const requests = await recordRequests(
    ctx,
    () => ctx.download(probe, join(ctx.scratch, probe)),
  );
  for (const nth of chooseRequests(requests)) {
    for (const when of ["before", "after"] as const) {
      for (const share of chooseShares(nth, when)) {
        const salt = `${size} ${nth} ${when} ${share}`;
        const old = ctx.bytes(size, `old ${salt}`);
        const bytes = ctx.bytes(Math.floor(size * share), `new ${salt}`);
        const name = ctx.name("torn");
        await ctx.given(name, old);
        const path = ctx.at(`torn-${salt.replaceAll(" ", "-")}`);
        const trace = traceCalls();
        const { callback } = trace;
        const what =
          `a download of ${old.length} bytes replaced by ${bytes.length} ${when} ${
            when === "after" ? "the answer to " : ""
          }request ${nth}`;
        const replacing = makeReplacing(ctx, name, bytes, second);
        const { outcome } = await underFaults(
          ctx,
          [{
            match: { nth, count: 1 },
            action: { kind: "run", when, run: replacing.run },
            optional: true,
          }],
          () => ctx.download(name, path, { callback }),
          what,
        );
        // There may have been fewer requests than before.
        await replacing.finish();
        const done = { name, path, old, bytes, trace, outcome, what };
        await check(ctx, done);
      }
    }
  }
}

/** ATM-8: looks at the object when each request of an upload has been answered by the service. */
export async function checkSeenAtRequests(
  ctx: CaseContext,
  second: ObjectStore,
  expectWhole: (
    ctx: CaseContext,
    store: ObjectStore,
    upload: SeenUpload,
  ) => Promise<void>,
): Promise<void> {
  if (ctx.wire === undefined) return;
  for (
    const [size, hasOld] of [
      [SMALL, false],
      [SMALL, true],
      [severalParts(ctx), false],
      [severalParts(ctx), true],
    ] as const
  ) {
    const name = ctx.name("seen");
    const old = hasOld ? ctx.bytes(30_017, "seen old") : undefined;
    if (old !== undefined) await ctx.given(name, old);
    const bytes = ctx.bytes(size, `seen ${size} ${hasOld}`);
    const what = "an upload whose requests are held";
    let isLooking = false;
    let isBlocked = false;
    let problem: { error: unknown } | undefined;
    const run = async () => {
      // The look makes requests of its own.
      if (isLooking || isBlocked || problem) return;
      isLooking = true;
      const asking = expectWhole(ctx, second, { name, old, bytes })
        .catch((error) => void (problem = { error }));
      isBlocked = !await settlesWithin(BLOCKED_MS, asking);
      isLooking = false;
    };
    const { outcome } = await underFaults(
      ctx,
      [{ action: { kind: "run", when: "after", run } }],
      () => ctx.upload(name, bytes),
      what,
    );
    if (problem) throw problem.error;
    if (isBlocked) {
      throw ctx.unverified("a read waits for an upload of the same object");
    }
    if (outcome.status === "rejected") throw outcome.reason;
    await ctx.expectObject(name, bytes, "after the upload");
  }
}

/** The first requests and the last. */
function chooseRequests({ length }: readonly WireExchange[]): number[] {
  const chosen = [1, 2, length];
  return [...new Set(chosen)].filter((nth) => nth >= 1 && nth <= length);
}

/** Chooses the size of the replacement: as long at the beginning, shorter where the size is known. */
function chooseShares(nth: number, when: "before" | "after"): number[] {
  if (nth === 1) return [1, 0.3];
  return when === "before" ? [1] : [0.3];
}

/** Replaces an object once, around the store where there is an oracle. */
function makeReplacing(
  ctx: CaseContext,
  name: string,
  bytes: Uint8Array,
  second: ObjectStore,
): { run(): Promise<void>; finish(): Promise<void> } {
  let replacing: Promise<void> | undefined;
  let isBlocked = false;
  const begin = () =>
    replacing ??= ctx.oracle?.put(name, bytes, ctx.place) ??
      ctx.upload(name, bytes, undefined, second);
  return {
    async run() {
      isBlocked = !await settlesWithin(BLOCKED_MS, begin());
    },
    async finish() {
      await begin();
      if (!isBlocked) return;
      throw ctx.unverified("an upload waits for a download of the same object");
    },
  };
}
