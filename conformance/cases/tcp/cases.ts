import { disposeAfter } from "../../checks/dispose_after.ts";
import type { Case, CaseContext } from "../../model/case.ts";
import { expect, expectReason, settle } from "../../checks/expect.ts";
import type { TcpRule } from "../../faults/tcp_fault.ts";
import { PROMPT_MS } from "../shared/abort_silent.ts";
import { inOrder } from "../shared/in_order.ts";
import {
  type Operation,
  Operations,
  severalRequests,
  SMALL,
} from "../shared/wire_operations.ts";
import { tcpFailureCases } from "./failures.ts";
import { tcpListingCases } from "./listing.ts";
import { noWireCases } from "./no_wire.ts";
import {
  judgeTransient,
  runAgain,
  runUnder,
  tcpEvidence,
  tcpOf,
} from "./steps.ts";

const MIB = 2 ** 20;
/** Longest silence of a request, for a case that waits for its end. */
const LONGEST_STALL = 10_000;
/** Number of the pieces of what comes slowly, and the share of a silence after which each comes. */
const PIECES = 8;
const SHARE = 0.3;

const SILENT: TcpRule = {
  action: { kind: "stall", at: { way: "down", afterBytes: 0 } },
};

const tcpQuietCases: readonly Case[] = [{
  id: "TCP-5",
  clauses: [27, 25],
  level: "must",
  needs: ["tcp"],
  timeoutMs: 240_000,
  title: "a service that is silent is given up, as transient",
  explain:
    "The service takes what it is asked and answers nothing, at once or after a byte of an answer. Each operation ends by a timeout of the store, as TRANSIENT. Check for a client without a timeout, or with one for connecting only. The harness's `limits.stallTimeoutMs` says how long a silent request lasts.",
  async run(ctx) {
    needStall(ctx);
    const late: TcpRule = {
      action: { kind: "stall", at: { way: "down", afterBytes: 1 } },
      optional: true,
    };
    for (
      const [rule, what] of [
        [SILENT, "while no answer comes"],
        [late, "while of each answer one byte comes"],
      ] as const
    ) {
      for (const operation of await new Operations(ctx).small()) {
        const { outcome } = await runUnder(ctx, [rule], operation, { what });
        expect(ctx, outcome.status === "rejected", {
          expected: `${operation.what} rejects ${what}`,
          observed: "it fulfilled",
          evidence: [tcpEvidence(ctx)],
        });
        await judgeTransient(ctx, operation, outcome, {
          what,
          isDoubtful: true,
        });
        await runAgain(ctx, operation, "when the service answers again");
      }
    }
  },
}, {
  id: "TCP-6",
  clauses: [21],
  level: "must",
  needs: ["tcp"],
  timeoutMs: 120_000,
  title: "an abort ends an operation whose service is silent",
  explain:
    "Within a second the operation rejects with the signal's reason, whatever the service does. Check that the signal ends the wait for an answer, and not only the work between two answers.",
  async run(ctx) {
    for (const operation of await new Operations(ctx).all()) {
      await abortSilent(ctx, operation);
    }
  },
}, {
  id: "TCP-7",
  clauses: [27],
  level: "must",
  needs: ["tcp"],
  timeoutMs: 120_000,
  title: "a slow connection on which bytes flow is not silent",
  explain:
    "An answer comes in eight pieces, each after a third of the time that a silent request has, so that the whole takes longer than that. The download succeeds. Look for a time limit on the whole request.",
  async run(ctx) {
    const ms = Math.ceil(needStall(ctx) * SHARE);
    const download = await new Operations(ctx).download(SMALL);
    const bytes = Math.ceil(SMALL / PIECES);
    const what = `while an answer takes ${ms * PIECES} ms, never silent`;
    const { outcome } = await runUnder(
      ctx,
      [{ action: { kind: "slow", bytes, ms } }],
      download,
      { what },
    );
    expect(ctx, outcome.status === "fulfilled", {
      expected: `${download.what} succeeds ${what}`,
      observed: `it rejected with ${(outcome as { reason?: unknown }).reason}`,
      evidence: [tcpEvidence(ctx)],
    });
    await download.expectDone(outcome.value);
  },
}, {
  id: "TCP-8",
  clauses: [6],
  level: "must",
  needs: ["tcp"],
  title: "the size is asked without the bytes",
  explain:
    "While the size of an object of 1 MiB is asked, fewer bytes than a quarter of it come down. Check for a size that is the length of what was read.",
  async run(ctx) {
    const name = ctx.name();
    const bytes = ctx.bytes(MIB);
    await ctx.given(name, bytes);
    const count = tcpOf(ctx).turns.length;
    const size = await ctx.store.getObjectSize(name);
    const turns = tcpOf(ctx).turns.slice(count);
    const down = turns.reduce((sum, turn) => sum + turn.down, 0);
    expect(ctx, size === bytes.length, {
      expected: `the size is ${bytes.length}`,
      observed: `it is ${size}`,
    });
    expect(ctx, down < bytes.length / 4, {
      expected: "the size comes without the object's bytes",
      observed: `${down} bytes came`,
      evidence: [tcpEvidence(ctx)],
    });
  },
}, {
  id: "TCP-9",
  clauses: [29, 25],
  level: "must",
  needs: ["tcp"],
  timeoutMs: 180_000,
  title: "a connection that breaks damages nothing of the operations beside it",
  explain:
    "Several operations run side by side, and one connection is reset within an answer. Each resolves with its work done exactly, or rejects as TRANSIENT; at most one operation's work is lost, unless the store has them share a connection. Check for answers that are given to whoever waits first.",
  async run(ctx) {
    for (const nth of [1, 4, 9, 16]) {
      const operations = new Operations(ctx);
      const all = [
        await operations.size(),
        await operations.upload(SMALL),
        await operations.upload(severalRequests(ctx)),
        await operations.download(SMALL),
        await operations.download(severalRequests(ctx)),
      ];
      const what = `beside others, of which answer no. ${nth} is cut short`;
      const before = tcpOf(ctx).turns.length;
      const faults = tcpOf(ctx).inject({
        nth,
        count: 1,
        action: { kind: "reset", at: { way: "down", afterBytes: 1 } },
        optional: true,
      });
      const outcomes = await disposeAfter(
        faults,
        () =>
          ctx.within(
            60_000,
            Promise.all(all.map((operation) => settle(operation.start()))),
            `everything settles ${what}`,
          ),
      );
      const rejected = outcomes.filter(({ status }) => status === "rejected");
      expect(ctx, rejected.length <= 1 || isShared(ctx, before, all.length), {
        expected:
          `of operations with connections of their own, one is lost ${what}`,
        observed: `${rejected.length} of ${all.length} rejected`,
        evidence: [tcpEvidence(ctx)],
      });
      for (const [i, operation] of all.entries()) {
        const options = { what, isDoubtful: true };
        await judgeTransient(ctx, operation, outcomes[i]!, options);
      }
    }
  },
}];

/** Group TCP: connections of services that do not speak HTTP. */
export const tcpCases: readonly Case[] = inOrder(
  tcpFailureCases,
  tcpQuietCases,
  noWireCases,
  tcpListingCases,
);

/** True if operations side by side have had fewer connections than there are of them. */
function isShared(ctx: CaseContext, since: number, count: number): boolean {
  const turns = tcpOf(ctx).turns.slice(since);
  return new Set(turns.map(({ connection }) => connection)).size < count;
}

function needStall(ctx: CaseContext): number {
  const { stallTimeoutMs } = ctx.limits;
  if (stallTimeoutMs === undefined) {
    throw ctx.unverified("the harness gives no 'limits.stallTimeoutMs'");
  }
  if (stallTimeoutMs > LONGEST_STALL) {
    throw ctx.unverified(
      `'limits.stallTimeoutMs' is more than ${LONGEST_STALL}, so the case would take too long`,
    );
  }
  return stallTimeoutMs;
}

async function abortSilent(
  ctx: CaseContext,
  operation: Operation,
): Promise<void> {
  await disposeAfter(tcpOf(ctx).inject(SILENT), async (faults) => {
    const controller = new AbortController();
    const { signal } = controller;
    const running = operation.start({ signal });
    await ctx.within(
      20_000,
      Promise.race([faults.reached, settle(running)]),
      `a turn of ${operation.what}`,
    );
    const reason = new Error("aborted while the service is silent");
    controller.abort(reason);
    const what =
      `${operation.what} that is aborted while the service is silent`;
    await expectReason(ctx, running, reason, what, {
      ms: PROMPT_MS,
      patience: "exact",
      evidence: [tcpEvidence(ctx)],
    });
  });
  // The service may have been asked to make the object visible.
  await operation.expectNothingOrWhole();
}
