import { Buffer } from "node:buffer";
import * as fs from "node:fs/promises";
import type { Case, CaseContext } from "../../model/case.ts";
import type { Oracle } from "../../model/harness.ts";
import {
  checkCode,
  expect,
  expectBytes,
  expectEqual,
  settle,
} from "../../checks/expect.ts";
import { settlesWithin } from "../../checks/ticks.ts";
import { expectTrace, type Trace, traceCalls } from "../../checks/trace.ts";
import type { Replacement } from "./torn.ts";
import { BLOCKED_MS, checkReplacedAtRequests } from "./torn_wire.ts";
import { look } from "../shared/landing.ts";

/** More than any store moves at once, and odd. */
const BIG = 9 * 1024 * 1024 + 1_237;
/** So many times longer than alone an upload may take beside a download. */
const BLOCKED_FACTOR = 10;

/** The case of group ATM in which an object is replaced while it is read. */
export const atmTornReadCases: readonly Case[] = [
  {
    id: "ATM-6",
    clauses: [15, 18],
    level: "must",
    title: "an object replaced during its download is never mixed",
    explain:
      "A second handle, or the oracle, replaces the object from within the callback, and somebody else between two requests, such as a HEAD and a GET. The file is all old or all new, or the download rejects as transient; parts of two versions, or the size of one with the bytes of the other, are a mix.",
    timeoutMs: 90_000,
    async run(ctx) {
      // What is stored wrong is no mix of two versions.
      const control = ctx.bytes(BIG, "control");
      const name = ctx.name("control");
      const begin = performance.now();
      await ctx.given(name, control);
      // An upload beside the download takes longer than this one, and on a busy machine anything may.
      const took = performance.now() - begin;
      const blockedMs = Math.max(BLOCKED_MS, took * BLOCKED_FACTOR);
      const what = "an object that nobody replaces";
      expectBytes(ctx, await ctx.fetch(name), control, what, { clause: 8 });
      for (const [index, size] of [BIG, BIG, 70_001].entries()) {
        // The replacement is as long, as long, and much shorter.
        const threshold = index === 1 ? 0.4 : 0;
        await checkReplaced(ctx, { index, size, threshold, blockedMs });
      }
      // At once: a store that does not wait for its callback is still at it.
      if (ctx.oracle) {
        const { oracle } = ctx;
        const last = { index: 3, size: BIG, threshold: 0, blockedMs };
        await checkReplaced(ctx, { ...last, oracle });
      }
      await checkReplacedAtRequests(ctx, checkReplacement);
    },
  },
];

async function checkReplaced(
  ctx: CaseContext,
  { index, size, threshold, blockedMs, oracle }: {
    index: number;
    size: number;
    /** The share of the object after which it is replaced. */
    threshold: number;
    /** Milliseconds after which the replacement is taken for waiting. */
    blockedMs: number;
    /** Who replaces it, instead of a second handle. */
    oracle?: Oracle;
  },
): Promise<void> {
  const name = ctx.name();
  const [old, bytes] = [
    ctx.bytes(BIG, 2 * index),
    ctx.bytes(size, 2 * index + 1),
  ];
  await ctx.given(name, old);
  const second = await ctx.secondHandle();
  const path = ctx.at(`file-${index}`);
  let replacing: Promise<void> | undefined;
  let isBlocked = false;
  const trace = traceCalls(async ({ bytes: done, total }) => {
    if (replacing !== undefined || done < total * threshold) return;
    replacing = oracle
      ? oracle.put(name, bytes, ctx.place)
      : ctx.upload(name, bytes, undefined, second);
    isBlocked = !await settlesWithin(blockedMs, replacing);
  });
  const download = ctx.download(name, path, { callback: trace.callback });
  const outcome = await settle(download);
  if (isBlocked) {
    throw ctx.unverified("an upload waits for a download of the same object");
  }
  expect(ctx, replacing !== undefined, {
    expected: "the callback is called",
    observed: "it was not",
    clause: 19,
  });
  await replacing;
  const what = `a download of ${old.length} bytes replaced by ${bytes.length}`;
  await checkReplacement(ctx, { name, path, old, bytes, trace, outcome, what });
}

async function checkReplacement(
  ctx: CaseContext,
  { name, path, old, bytes, trace, outcome, what }: Replacement,
): Promise<void> {
  if (outcome.status === "rejected") {
    checkCode(ctx, outcome.reason, "TRANSIENT", `${what}, if it rejects,`, {
      clause: 15,
    });
    expectEqual(ctx, await look(path), undefined, `${what}: what it leaves`, {
      clause: 14,
    });
  } else {
    await expectOneOf(ctx, path, [old, bytes], trace, what);
    await fs.rm(path);
  }
  await ctx.expectObject(name, bytes, "after the replacement");
}

async function expectOneOf(
  ctx: CaseContext,
  path: string,
  versions: readonly Uint8Array[],
  trace: Trace,
  what: string,
): Promise<void> {
  const stat = await look(path);
  const seen = stat?.isFile() ? await fs.readFile(path) : undefined;
  const whole = versions.find((bytes) => seen && isEqual(seen, bytes));
  if (whole === undefined) {
    throw ctx.fail({
      expected: `${what} gives the old bytes or the new ones`,
      observed: seen === undefined ? "no file" : describeMix(seen, versions),
      hint: "each range must be of the version that the first answer named",
      evidence: [trace.evidence()],
    });
  }
  // Replaced between two attempts, the total may change with the object (clause 18).
  const last = trace.calls.at(-1);
  expectEqual(ctx, last?.bytes, whole.length, `${what}: the last count`, {
    clause: 19,
    evidence: [trace.evidence()],
  });
  if (trace.calls.every(({ total }) => total === whole.length)) {
    expectTrace(ctx, trace, whole.length, what);
  }
}

function describeMix(
  seen: Uint8Array,
  versions: readonly Uint8Array[],
): string {
  const right = versions.map((bytes) => {
    const at = seen.findIndex((byte, i) => byte !== bytes[i]);
    return at === -1 ? seen.length : at;
  });
  return `${seen.length} bytes, the first ${
    right[0]
  } of the old version and the first ${right[1]} of the new one`;
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
