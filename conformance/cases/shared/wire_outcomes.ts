import type { CaseContext } from "../../model/case.ts";
import { CaseStop } from "../../model/case_stop.ts";
import type { FaultMatch, FaultRule, Wire } from "../../faults/fault.ts";
import {
  describeError,
  isStoreError,
  isTransientError,
} from "../../checks/error_chain.ts";
import { checkCode, errorChain, expect, settle } from "../../checks/expect.ts";
import type { Evidence } from "../../model/result.ts";
import type { Operation } from "./wire_operations.ts";
import { disposeAfter } from "../../checks/dispose_after.ts";

/** Milliseconds that an operation may go on while everything it asks fails, if the harness does not say. */
const PATIENCE = 60_000;
const LINES = 40;

/** Details of faults, for {@linkcode expectTransient}. */
export interface FaultDetails {
  /** The faults, in words: `while every answer is 503`. */
  readonly what: string;
  /** The likely cause where an operation takes no notice of the faults: it succeeds, or does not end. One that rejects with another error has seen them. */
  readonly hint?: string;
  /** An operation may also succeed, if it has done its work exactly. @default {false} */
  readonly orDone?: boolean;
  /** Milliseconds within which each operation has to settle. */
  readonly ms?: number;
  /** The clause that a success breaks. @default The case's first. */
  readonly clause?: number;
  /** Checks a failed operation. @default It has left nothing. */
  readonly afterFailure?: (operation: Operation) => Promise<void>;
}

/** The wire of a case that needs one. */
export function wireOf({ wire, broken }: CaseContext): Wire {
  if (wire === undefined) throw broken("there is no wire");
  return wire;
}

/** Milliseconds within which an operation settles, whatever fails. */
export function patienceOf({ limits }: CaseContext): number {
  const { maxOperationMs = 0, stallTimeoutMs = 0 } = limits;
  return Math.max(PATIENCE, maxOperationMs * 2, stallTimeoutMs * 12);
}

/** Milliseconds within which an operation ends whose every request stalls; leaves the case unverified where the harness does not say when a request does. */
export function stallPatience({ limits, unverified }: CaseContext): number {
  const { stallTimeoutMs, maxOperationMs = 0 } = limits;
  if (stallTimeoutMs === undefined) {
    throw unverified("the harness gives no 'limits.stallTimeoutMs'");
  }
  return Math.max(maxOperationMs * 2, stallTimeoutMs * 12 + 15_000);
}

/** Milliseconds within which an operation settles that is answered without an end: twice what the harness allows one, where it tells. */
export function endOf(ctx: CaseContext): number {
  const { maxOperationMs, stallTimeoutMs = 0 } = ctx.limits;
  return maxOperationMs === undefined
    ? patienceOf(ctx)
    : 2 * Math.max(maxOperationMs, stallTimeoutMs);
}

/** Every request but those that clean up: to hinder these proves nothing, and leaves parts behind. */
export function butDiscards(ctx: CaseContext): FaultMatch {
  const { dialect } = wireOf(ctx);
  return {
    where: (request) =>
      dialect?.isDiscard
        ? !dialect.isDiscard(request)
        : request.method !== "DELETE",
  };
}

/**
 * Runs operations side by side while faults are in force. Each must reject as
 * transient; when the faults are over it must have left nothing.
 */
export async function expectTransient(
  ctx: CaseContext,
  rules: FaultRule | readonly FaultRule[],
  operations: readonly Operation[],
  details: FaultDetails,
): Promise<void> {
  const outcomes = await runWithFaults(ctx, rules, operations, details);
  for (const [i, operation] of operations.entries()) {
    await judge(ctx, operation, outcomes[i]!, details);
  }
}

/** Runs operations side by side while faults are in force, and says what became of them. */
export async function runWithFaults(
  ctx: CaseContext,
  rules: FaultRule | readonly FaultRule[],
  operations: readonly Pick<Operation, "what" | "start">[],
  { what, hint, ms = patienceOf(ctx) }: Pick<
    FaultDetails,
    "what" | "hint" | "ms"
  >,
): Promise<PromiseSettledResult<unknown>[]> {
  return await disposeAfter(wireOf(ctx).inject(...[rules].flat()), async () => {
    return await Promise.all(operations.map((operation) =>
      hinting(
        hint,
        ctx.within(
          ms,
          settle(operation.start()),
          `${operation.what} settles ${what}`,
          "scaled",
        ),
      )
    ));
  });
}

/** Runs one operation while faults are in force, and says what became of both. */
export async function runOnce(
  ctx: CaseContext,
  rule: FaultRule,
  operation: Operation,
  { what, ms = patienceOf(ctx) }: { what: string; ms?: number },
): Promise<{ outcome: PromiseSettledResult<unknown>; fired: number }> {
  return await disposeAfter(wireOf(ctx).inject(rule), async (faults) => {
    const settled = settle(operation.start());
    const settles = `${operation.what} settles ${what}`;
    const outcome = await ctx.within(ms, settled, settles, "scaled");
    return { outcome, fired: faults.total };
  });
}

/** Fails the case unless an operation was transient and left nothing. */
export async function judge(
  ctx: CaseContext,
  operation: Operation,
  outcome: PromiseSettledResult<unknown>,
  details: FaultDetails,
): Promise<void> {
  const { what, hint, clause, orDone = false } = details;
  const evidence = [wireEvidence(ctx)];
  if (outcome.status === "rejected") {
    const failing = `${operation.what} ${what}`;
    checkCode(ctx, outcome.reason, "TRANSIENT", failing, { evidence });
    const check = details.afterFailure ??
      ((operation) => operation.expectNothing());
    return await check(operation);
  }
  expect(ctx, orDone, {
    expected: `${operation.what} rejects ${what}`,
    observed: "it fulfilled",
    evidence,
    ...(hint === undefined ? {} : { hint }),
    ...(clause === undefined ? {} : { clause }),
  });
  await hinting(hint, operation.expectDone(outcome.value));
}

/** Fails the case unless an error, with which `failing` has rejected, is the store's own and not worth another attempt. */
export function expectPermanentError(
  ctx: CaseContext,
  error: unknown,
  failing: string,
  details: Pick<FaultDetails, "clause"> = {},
): void {
  expect(ctx, isStoreError(error) && !isTransientError(error), {
    expected:
      `${failing} rejects with an error of the store, and not with TRANSIENT`,
    observed: `it rejected with ${describeError(error)[0]}`,
    evidence: [wireEvidence(ctx), errorChain(error)],
    ...details,
  });
}

/** Adds a hint to the failure of a check that has none. */
async function hinting<T>(
  hint: string | undefined,
  check: Promise<T>,
): Promise<T> {
  try {
    return await check;
  } catch (error) {
    if (!(error instanceof CaseStop) || hint === undefined) throw error;
    const { status, message, failure } = error;
    if (failure === undefined || failure.hint !== undefined) throw error;
    throw new CaseStop(status, message, { ...failure, hint });
  }
}

/** Evidence: the last requests of the case. */
export function wireEvidence(ctx: CaseContext): Evidence {
  const lines = wireOf(ctx).describe();
  const left = lines.length - LINES;
  return {
    title: "requests on the wire",
    lines: left > 0
      ? [`(${left} earlier ones)`, ...lines.slice(-LINES)]
      : [...lines],
  };
}

/** Counts how many requests an operation makes when nothing fails. */
export async function countRequests(
  ctx: CaseContext,
  operation: Operation,
): Promise<number> {
  const meter = wireOf(ctx).meter();
  const ms = patienceOf(ctx);
  const found = await ctx.within(ms, operation.start(), operation.what);
  const { length } = meter.exchanges;
  await operation.expectDone(found);
  if (length > 0) return length;
  throw ctx.broken(`${operation.what} made no request that the proxy saw`);
}
