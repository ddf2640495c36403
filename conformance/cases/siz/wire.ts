import type { Case, CaseContext } from "../../model/case.ts";
import { isStoreError } from "../../checks/error_chain.ts";
import { errorChain, expect, expectEqual } from "../../checks/expect.ts";
import type { WireRequest } from "../../faults/fault.ts";
import { BIG } from "../shared/transfers.ts";
import {
  begunSince,
  recordRequests,
  underFaults,
  untilQuiet,
  wireEvidence,
  wireOf,
} from "../shared/wire.ts";

/** The bytes that answers about the size may have as bodies. */
const MOST_BYTES = 4 * 1024;
/** More requests than this for one size are tried at their beginning only. */
const MOST = 6;

/** The part of group SIZ that looks at the wire. */
export const sizWireCases: readonly Case[] = [{
  id: "SIZ-4",
  clauses: [6],
  level: "must",
  needs: ["upstream"],
  title: "the size comes without the body",
  explain:
    "At most 4 KiB of bodies are received for the size of an object of 9 MiB. If this fails, look for a download whose bytes are counted, or one that is ended when its head is there: by then megabytes are on their way.",
  timeoutMs: 60_000,
  async run(ctx) {
    const bytes = ctx.bytes(BIG);
    if (bytes.length < 16 * MOST_BYTES) {
      throw ctx.unverified("the store's largest object is too small to tell");
    }
    const name = ctx.name("big");
    await ctx.given(name, bytes);
    for (const store of [ctx.store, await ctx.secondHandle()]) {
      await untilQuiet(ctx);
      const meter = wireOf(ctx).meter();
      const start = performance.now();
      const size = await store.getObjectSize(name);
      expectEqual(ctx, size, bytes.length, "the size");
      // What nobody waits for is received as well.
      await untilQuiet(ctx);
      const received = begunSince(meter, start)
        .reduce((sum, { responseBytes }) => sum + responseBytes, 0);
      expect(ctx, received <= MOST_BYTES, {
        expected:
          `at most ${MOST_BYTES} bytes of bodies for the size of ${bytes.length} bytes`,
        observed: `${received} bytes`,
        evidence: [wireEvidence(ctx)],
      });
    }
  },
}];

/** SIZ-7: the object is removed, or replaced, at each request that a size takes. */
export async function checkBetweenRequests(ctx: CaseContext): Promise<void> {
  const { oracle, wire } = ctx;
  if (oracle === undefined || wire === undefined) return;
  const sizes = [40_009, 2_011] as const;
  const [bytes, other] = sizes.map((size, i) => ctx.bytes(size, 70 + i));
  if (bytes === undefined || other === undefined) return;
  const probe = ctx.name("probe");
  await ctx.given(probe, bytes);
  const requests = await recordRequests(
    ctx,
    () => ctx.store.getObjectSize(probe),
  );
  for (let nth = 1; nth <= Math.min(requests.length, MOST); nth++) {
    for (const when of ["before", "after"] as const) {
      for (const change of ["removed", "replaced"] as const) {
        const name = ctx.name("between");
        await ctx.given(name, bytes);
        const run = async (_: WireRequest) => {
          if (change === "removed") await oracle.delete(name, ctx.place);
          else await oracle.put(name, other, ctx.place);
        };
        const what = `the size of an object that is ${change} ${when} the ${
          when === "before" ? "" : "answer to "
        }request ${nth}`;
        const { outcome } = await underFaults(
          ctx,
          [{
            match: { nth, count: 1 },
            action: { kind: "run", run, when },
            optional: true,
          }],
          () => ctx.store.getObjectSize(name),
          what,
        );
        checkSize(ctx, outcome, {
          sizes: [bytes.length, other.length],
          mayBeMissing: change === "removed",
          what,
        });
      }
    }
  }
}

function checkSize(
  ctx: CaseContext,
  outcome: PromiseSettledResult<number>,
  { sizes, mayBeMissing, what }: {
    sizes: readonly number[];
    mayBeMissing: boolean;
    what: string;
  },
): void {
  const allowed = mayBeMissing ? sizes.slice(0, 1) : sizes;
  // A store that compares two answers may see that they are of two objects.
  const code = mayBeMissing ? "OBJECT_NOT_FOUND" : "TRANSIENT";
  const isRight = outcome.status === "fulfilled"
    ? allowed.some((size) => Object.is(size, outcome.value))
    : isStoreError(outcome.reason) && outcome.reason.code === code;
  expect(ctx, isRight, {
    expected: `${what} is ${allowed.join(" or ")}${
      mayBeMissing ? ", or the object is OBJECT_NOT_FOUND" : ""
    }`,
    observed: outcome.status === "fulfilled"
      ? `it is ${String(outcome.value)}`
      : "it rejected with something else",
    evidence: [
      wireEvidence(ctx),
      ...(outcome.status === "rejected" ? [errorChain(outcome.reason)] : []),
    ],
  });
}
