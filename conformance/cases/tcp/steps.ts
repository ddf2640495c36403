import { disposeAfter } from "../../checks/dispose_after.ts";
import { checkCode, expect, settle } from "../../checks/expect.ts";
import type { CaseContext } from "../../model/case.ts";
import type { TcpRule, TcpWire } from "../../faults/tcp_fault.ts";
import type { Evidence } from "../../model/result.ts";
import type { DownloadOptions } from "../../../src/object_store.ts";
import type { Operation } from "../shared/wire_operations.ts";

/** Milliseconds within which an operation settles whose service fails, if the harness does not say. */
const PATIENCE_MS = 40_000;

/** Outcome of an operation, with its faults. */
export interface TcpOutcome {
  /** The operation's outcome. */
  readonly outcome: PromiseSettledResult<unknown>;
  /** The number of times that any of the rules has fired. */
  readonly fired: number;
}

/** The proxy of a case that needs `tcp`. */
export function tcpOf({ tcp, broken }: CaseContext): TcpWire {
  if (tcp === undefined) throw broken("there is no TCP proxy");
  return tcp;
}

/** Evidence: the turns on the connections. */
export function tcpEvidence(ctx: CaseContext): Evidence {
  return { title: "turns on the connections", lines: tcpOf(ctx).describe() };
}

/** Milliseconds within which an operation settles, whatever fails. */
export function patienceOf({ limits }: CaseContext): number {
  const { maxOperationMs = 0, stallTimeoutMs = 0 } = limits;
  return Math.max(PATIENCE_MS, maxOperationMs * 2, stallTimeoutMs * 12);
}

/** Runs an operation while faults are in force, and says what became of both. */
export async function runUnder(
  ctx: CaseContext,
  rules: readonly TcpRule[],
  operation: Operation,
  { what, options }: { what: string; options?: DownloadOptions },
): Promise<TcpOutcome> {
  return await disposeAfter(tcpOf(ctx).inject(...rules), async (faults) => {
    const outcome = await ctx.within(
      patienceOf(ctx),
      settle(operation.start(options)),
      `${operation.what} settles ${what}`,
      "scaled",
    );
    return { outcome, fired: faults.total };
  });
}

/** Fails the case unless an operation has done its work exactly, or was transient and has left nothing it may not leave. */
export async function judgeTransient(
  ctx: CaseContext,
  operation: Operation,
  outcome: PromiseSettledResult<unknown>,
  { what, isDoubtful = false }: { what: string; isDoubtful?: boolean },
): Promise<void> {
  if (outcome.status === "fulfilled") {
    return await operation.expectDone(outcome.value);
  }
  const evidence = [tcpEvidence(ctx)];
  const failing = `${operation.what} ${what}`;
  checkCode(ctx, outcome.reason, "TRANSIENT", failing, {
    clause: 25,
    evidence,
  });
  await (isDoubtful
    ? operation.expectNothingOrWhole()
    : operation.expectNothing());
}

/** Counts the turns that an operation takes when nothing fails. */
export async function countTurns(
  ctx: CaseContext,
  operation: Operation,
): Promise<number> {
  const before = tcpOf(ctx).turns.length;
  const found = await operation.start();
  const count = tcpOf(ctx).turns.length - before;
  await operation.expectDone(found);
  if (count > 0) return count;
  throw ctx.unverified(
    `${operation.what} takes no turn that the proxy sees: does the store use 'ctx.endpoint'?`,
  );
}

/** Some turns of so many: all of few, the first and last ones and the middle of many. */
export function someTurns(count: number): number[] {
  if (count <= 12) return Array.from({ length: count }, (_, i) => i + 1);
  const middle = count >> 1;
  return [1, 2, 3, middle, middle + 1, count - 2, count - 1, count];
}

/** Fails the case unless a call that failed can simply be made again. */
export async function runAgain(
  ctx: CaseContext,
  operation: Operation,
  what: string,
): Promise<void> {
  const again = await ctx.within(
    patienceOf(ctx),
    settle(operation.start()),
    `the same call once more, ${what}`,
  );
  expect(ctx, again.status === "fulfilled", {
    expected: `${operation.what}: the same call once more succeeds, ${what}`,
    observed: `it rejected with ${(again as { reason?: unknown }).reason}`,
    clause: 26,
    evidence: [tcpEvidence(ctx)],
  });
  await operation.expectDone((again as { value?: unknown }).value);
}
