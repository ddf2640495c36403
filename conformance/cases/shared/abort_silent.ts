import type { CaseContext } from "../../model/case.ts";
import { expectReason, settle } from "../../checks/expect.ts";
import type { FaultRule } from "../../faults/fault.ts";
import { underFaults, untilQuiet, wireEvidence } from "./wire.ts";

/** Milliseconds that an abort may take: a second (clause 21), and as much again and more for the machine. */
export const PROMPT_MS = 3_000;

/** An operation that is aborted while it waits for the server. */
export interface SilentOperation {
  /** In words. */
  readonly what: string;
  /** Begins it. */
  start(options: { signal: AbortSignal }): Promise<unknown>;
}

/** No answer comes at all. */
export const SILENT: FaultRule = {
  action: { kind: "stall", at: "before-head" },
};

/** As {@linkcode abortSilent}, on a server that does not answer at all. */
export async function abortUnanswered(
  ctx: CaseContext,
  operation: SilentOperation,
): Promise<void> {
  await abortSilent(ctx, SILENT, operation, "before its answer");
}

/** Begins an operation on a server that becomes silent, aborts it then, and checks how it ends. */
export async function abortSilent(
  ctx: CaseContext,
  rule: FaultRule,
  { what, start }: SilentOperation,
  when: string,
): Promise<void> {
  const controller = new AbortController();
  const { signal } = controller;
  const reason = new Error(`aborted: the ${what} waits for the server`);
  const whole = `${what} aborted while the server is silent ${when}`;
  let isLate = false;
  await underFaults(ctx, [rule], async (faults) => {
    const operation = start({ signal });
    const ended = settle(operation).then(() => "ended");
    await Promise.race([faults.reached, ended]);
    await untilQuiet(ctx);
    // Its own timeout may have come first.
    const state = await Promise.race([ended, Promise.resolve("waiting")]);
    if (state === "ended") return void (isLate = true);
    controller.abort(reason);
    await expectReason(ctx, operation, reason, whole, {
      ms: PROMPT_MS,
      patience: "exact",
      evidence: [wireEvidence(ctx)],
    });
  }, whole).then(({ outcome }) => {
    if (outcome.status === "rejected") throw outcome.reason;
  });
  if (!isLate) return;
  throw ctx.unverified(
    `the ${what} has ended by itself while the server was silent, before it could be aborted`,
  );
}
