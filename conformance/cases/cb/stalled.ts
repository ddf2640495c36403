import type { CaseContext } from "../../model/case.ts";
import { expect, settle } from "../../checks/expect.ts";
import type { FaultRule, WireExchange } from "../../faults/fault.ts";
import { countTicks } from "../../checks/ticks.ts";
import { type Trace, traceCalls } from "../../checks/trace.ts";
import { findMiddle, fitsFor, prepare } from "./middle.ts";
import { BIG } from "../shared/transfers.ts";
import {
  begunSince,
  underFaults,
  wireEvidence,
  wireOf,
} from "../shared/wire.ts";

const MIB = 1024 * 1024;
/** The largest object that is moved only to be stopped in its middle. */
const MOST = 96 * MIB;
/** The bytes that the framing of bodies and buffers may hide. */
const SLACK = 64 * 1024;
/** The time that a count may take to follow the bytes. */
const PATIENCE_MS = 3_000;
/** The most attempts to stop a transfer whose requests are not always as many. */
const TRIES = 4;
/** A store that reports by time, and not by bytes, may lag: so many counts say that it does not. */
const MANY = 8;
const TICK_MS = 25;

type Direction = "upload" | "download";

/** Observations while the wire stood still. */
interface Standstill {
  /** The number of the object's bytes that have passed for sure. */
  readonly passed: number;
  /** The number of them that may have passed. */
  readonly most: number;
  readonly trace: Trace;
}

/**
 * CB-6 with a meter: the wire is stopped in the middle of a transfer, and the
 * last count is compared with the bytes that have passed.
 *
 * @returns Whether it could be judged.
 */
export async function checkStalledCounts(ctx: CaseContext): Promise<boolean> {
  const granularity = ctx.limits.progressGranularity;
  const wanted = Math.max(BIG, 5 * granularity);
  const size = Math.min(wanted, MOST, ctx.limits.largestObject);
  // Of less, a half and a count that lags cannot be told apart.
  if (size < 5 * granularity) return false;
  for (const what of ["download", "upload"] as const) {
    await checkStalled(ctx, what, size);
  }
  return true;
}

async function checkStalled(
  ctx: CaseContext,
  what: Direction,
  size: number,
): Promise<void> {
  const { progressGranularity: granularity } = ctx.limits;
  for (let attempt = 0; attempt < 2; attempt++) {
    const seen = await stop(ctx, what, size, attempt);
    const { passed, most, trace } = seen;
    const last = trace.calls.at(-1)?.bytes ?? 0;
    const evidence = [trace.evidence(), wireEvidence(ctx)];
    const details = {
      expected:
        `the ${what} that is stopped after ${passed} of ${size} bytes has reported as many, within ${granularity}`,
      observed: `the last count was ${last}`,
      evidence,
    };
    if (what === "download") {
      const hint = "bytes are counted before they have come";
      expect(ctx, last <= most + SLACK, { ...details, hint });
    }
    if (last >= passed - granularity - SLACK - passed / 50) return;
    const positive = trace.calls.filter(({ bytes }) => bytes > 0).length;
    if (looksLikeIncrements(trace, passed, granularity)) {
      const hint = "the calls look like increments";
      throw ctx.fail({ ...details, hint });
    }
    if (positive < MANY) {
      throw ctx.unverified(
        `the ${what} reports too rarely for 'limits.progressGranularity' (${granularity} bytes): ${positive} counts, the last one ${last}, when ${passed} bytes had passed`,
      );
    }
    // It may have been unlucky once.
    if (attempt > 0) throw ctx.fail(details);
  }
}

/** A store may send fewer requests than the last time, as where it adapts to how fast the service is. */
async function stop(
  ctx: CaseContext,
  what: Direction,
  size: number,
  attempt: number,
): Promise<Standstill> {
  let seen: Standstill | undefined;
  let most = 0;
  for (let left = TRIES; left > 0; left--) {
    seen = await stopInMiddle(ctx, what, size, `${attempt} ${left}`);
    if (seen && seen.passed > ctx.limits.progressGranularity) return seen;
    most = Math.max(most, seen?.most ?? 0);
  }
  throw ctx.unverified(
    `the ${what} could not be stopped in its middle: ${most} bytes had passed`,
  );
}

/**
 * Moves bytes until the wire stands still, and sees where the count does.
 *
 * @returns Nothing if there was no such request this time.
 */
async function stopInMiddle(
  ctx: CaseContext,
  what: Direction,
  size: number,
  salt: string,
): Promise<Standstill | undefined> {
  const { nth, bytes, surplus } = await findMiddle(ctx, what, size);
  const transfer = await prepare(ctx, what, size, `stopped ${salt}`);
  const rule: FaultRule = {
    match: { where: fitsFor(what), nth },
    action: what === "upload"
      ? { kind: "stall-upload", afterBytes: bytes >> 1 }
      : { kind: "stall", at: { bodyBytes: (length) => length >> 1 } },
    optional: true,
  };
  const meter = wireOf(ctx).meter();
  const start = performance.now();
  const trace = traceCalls();
  const controller = new AbortController();
  const { callback } = trace;
  let seen: Standstill | undefined;
  const { outcome, fired } = await underFaults(ctx, [rule], async (faults) => {
    const options = { callback, signal: controller.signal };
    const ended = settle(transfer.start(options));
    await Promise.race([faults.reached, ended]);
    const bytesOf = ({ requestBytes, responseBytes }: WireExchange) =>
      what === "upload" ? requestBytes : responseBytes;
    const look = () => sumUp(begunSince(meter, start), bytesOf);
    const { passed: carried, most } = await untilSteady(look);
    const { progressGranularity } = ctx.limits;
    // What comes in vain is not counted.
    const passed = carried - surplus;
    for (let left = PATIENCE_MS; left > 0; left -= TICK_MS) {
      const last = trace.calls.at(-1)?.bytes ?? 0;
      if (last >= passed - progressGranularity) break;
      await countTicks(TICK_MS).over;
    }
    seen = { passed, most, trace };
    controller.abort();
    await ended;
  }, `the ${what} that is stopped in its middle`);
  if (outcome.status === "rejected") throw outcome.reason;
  return fired > 0 ? seen : undefined;
}

/** Of the requests that were stopped side by side only one is sure to be counted: a store may report whole parts. */
function sumUp(
  exchanges: readonly WireExchange[],
  bytesOf: (exchange: WireExchange) => number,
): { passed: number; most: number } {
  let [whole, stopped, most] = [0, 0, 0];
  for (const exchange of exchanges) {
    const bytes = bytesOf(exchange);
    most += bytes;
    if (exchange.fault === undefined) whole += bytes;
    else stopped = Math.max(stopped, bytes);
  }
  return { passed: whole + stopped, most };
}

async function untilSteady<T extends { most: number }>(
  look: () => T,
): Promise<T> {
  let seen = look();
  for (let steady = 0, left = 400; steady < 6 && left > 0; left--) {
    await countTicks(TICK_MS).over;
    const now = look();
    steady = now.most === seen.most ? steady + 1 : 0;
    seen = now;
  }
  return seen;
}

/** Several counts whose sum is what has passed, or that are one number again and again. */
function looksLikeIncrements(
  { calls }: Trace,
  passed: number,
  granularity: number,
): boolean {
  const counts = calls.map(({ bytes }) => bytes).filter((bytes) => bytes > 0);
  if (counts.length < 3) return false;
  const sum = counts.reduce((sum, bytes) => sum + bytes, 0);
  const isSum = Math.abs(sum - passed) <= granularity + SLACK + passed / 50;
  const repeated = counts.filter((bytes, i) => bytes === counts[i - 1]).length;
  return isSum || repeated >= counts.length / 2;
}
