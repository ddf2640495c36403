import type { CaseContext } from "../../model/case.ts";
import { settle } from "../../checks/expect.ts";
import type {
  FaultRule,
  InjectedFaults,
  Meter,
  Wire,
  WireExchange,
  WireRequest,
} from "../../faults/fault.ts";
import type { Evidence } from "../../model/result.ts";
import { countTicks } from "../../checks/ticks.ts";

/** Milliseconds without a byte after which the wire is quiet. */
const QUIET_MS = 100;
/** Milliseconds that an operation under faults may take, if the harness does not say: internal retries wait. */
const OPERATION_MS = 40_000;

/** The outcome of an operation, and how often its faults have fired. */
export interface FaultedOutcome<T> {
  /** The operation's outcome. */
  readonly outcome: PromiseSettledResult<T>;
  /** The number of times that any of the rules has fired. */
  readonly fired: number;
}

/** Half of a body's bytes, for faults in its middle. */
export const half = (length: number): number => length >> 1;

/** The case's wire. A case that calls it needs `upstream`, or has looked at `ctx.wire`. */
export function wireOf(ctx: CaseContext): Wire {
  if (ctx.wire !== undefined) return ctx.wire;
  throw ctx.unverified("the harness gives no 'upstream'");
}

/** Evidence for a failure: the requests that passed on the wire. */
export function wireEvidence({ wire }: CaseContext): Evidence {
  return { title: "requests on the wire", lines: wire?.describe() ?? [] };
}

/**
 * Runs an operation with faults in force until it has settled, and ends them
 * then: what comes after it meets a service that is well.
 *
 * @param rules The faults.
 * @param begin Begins the operation.
 * @param what The operation, for the failure if it hangs.
 */
export async function underFaults<T>(
  ctx: CaseContext,
  rules: readonly FaultRule[],
  begin: (faults: InjectedFaults) => Promise<T>,
  what: string,
): Promise<FaultedOutcome<T>> {
  const faults = wireOf(ctx).inject(...rules);
  try {
    const { maxOperationMs = OPERATION_MS } = ctx.limits;
    const ms = Math.max(maxOperationMs, OPERATION_MS);
    const outcome = await ctx.within(
      ms,
      settle(begin(faults)),
      what,
      "scaled",
    );
    return { outcome, fired: faults.total };
  } finally {
    await faults.stop();
  }
}

/** Runs an operation without faults, and gives the requests that it made. */
export async function recordRequests(
  ctx: CaseContext,
  begin: () => Promise<unknown>,
): Promise<readonly WireExchange[]> {
  await untilQuiet(ctx);
  const meter = wireOf(ctx).meter();
  const start = performance.now();
  await begin();
  return begunSince(meter, start);
}

/** The exchanges of a meter whose requests came after a moment: what was on its way before is not counted. */
export function begunSince(meter: Meter, start: number): WireExchange[] {
  return meter.exchanges.filter(({ startedAt }) => startedAt >= start);
}

/** Waits until nothing has passed for a while, but not for ever: a store may do things on its own. */
export async function untilQuiet(ctx: CaseContext): Promise<void> {
  const meter = wireOf(ctx).meter();
  let seen = stateOf(meter);
  for (let left = 8; left > 0; left--) {
    await countTicks(QUIET_MS).over;
    const now = stateOf(meter);
    if (now === seen) return;
    seen = now;
  }
}

/**
 * Fails the case if an action makes a request. An action is judged by three
 * tries, and by how the store behaves if it is left alone, so that what it
 * does in the background is not held against it.
 *
 * @param what The action, for the failure.
 * @param action What must not ask the service; it can be repeated.
 */
export async function expectNoRequests(
  ctx: CaseContext,
  what: string,
  action: () => Promise<unknown>,
  options: { clause?: number } = {},
): Promise<void> {
  const { wire } = ctx;
  if (wire === undefined) return await action() as void;
  let seen: readonly WireExchange[] = [];
  for (let attempt = 0; attempt < 3; attempt++) {
    await untilQuiet(ctx);
    const meter = wire.meter();
    await action();
    // A request that nobody waits for takes a moment to come.
    await countTicks(QUIET_MS).over;
    seen = meter.exchanges;
    if (seen.length === 0) return;
  }
  await expectIdle(ctx);
  throw ctx.fail({
    expected: `${what}: no request to the service`,
    observed: `${seen.length} requests, the first one ${show(seen[0])}`,
    evidence: [wireEvidence(ctx)],
    ...options,
  });
}

/** The case is unverified if the store makes requests of its own: they cannot be told from those of an operation. */
export async function expectIdle(ctx: CaseContext): Promise<void> {
  await untilQuiet(ctx);
  const alone = wireOf(ctx).meter();
  await countTicks(5 * QUIET_MS).over;
  if (alone.exchanges.length === 0) return;
  throw ctx.unverified("the store makes requests also if it is left alone");
}

/** Tells whether a request brings a body. */
export function hasBody({ headers }: WireRequest): boolean {
  return headers["transfer-encoding"] !== undefined ||
    Number(headers["content-length"] ?? 0) > 0;
}

/** Tells whether the answer to a request can have a body. */
export function hasAnswerBody({ method }: WireRequest): boolean {
  return method !== "HEAD";
}

/** Tells whether a request may change something at the service. */
export function isWrite({ method }: WireRequest): boolean {
  return !["GET", "HEAD", "OPTIONS"].includes(method);
}

/** Tells whether an exchange ended with a success. */
export function isSuccess({ status = 0 }: WireExchange): boolean {
  return status >= 200 && status < 300;
}

function stateOf({ exchanges, requestBytes, responseBytes }: Meter): string {
  return `${exchanges.length} ${requestBytes} ${responseBytes} ${
    exchanges.filter(({ status }) => status === undefined).length
  }`;
}

function show(exchange: WireExchange | undefined): string {
  return `${exchange?.request.method} ${exchange?.request.path}`;
}
