import { Buffer } from "node:buffer";
import * as fs from "node:fs/promises";
import type { Case, CaseContext } from "../case.ts";
import { isStoreError } from "../error_chain.ts";
import { checkCode, errorChain, expect, expectEqual } from "../expect.ts";
import { settlesWithin } from "../ticks.ts";
import { expectTrace, type Trace, traceCalls } from "../trace.ts";
import { look } from "./landing.ts";
import type { ObjectStore } from "../../src/object_store.ts";

/** More than any store moves at once, and odd. */
const BIG = 9 * 1024 * 1024 + 1_237;
/** How long another operation may wait for one that a callback holds. */
const BLOCKED_MS = 3_000;

/** The cases of group ATM in which an object is replaced while it is read or written. */
export const atmReplaceCases: readonly Case[] = [
  {
    id: "ATM-6",
    clauses: [15, 18],
    level: "must",
    title: "an object replaced during its download is never mixed",
    explain:
      "A second handle replaces the object from within the callback. The file is all old or all new, or the download rejects as transient; parts of two versions, or the size of one with the bytes of the other, are a mix.",
    timeoutMs: 90_000,
    async run(ctx) {
      for (const [index, size] of [BIG, BIG, 70_001].entries()) {
        // The replacement is as long, as long, and much shorter.
        const threshold = index === 1 ? 0.4 : 0;
        await checkReplaced(ctx, index, size, threshold);
      }
    },
  },
  {
    id: "ATM-7",
    clauses: [8, 29],
    level: "must",
    title: "of two uploads at once one is stored, whole",
    explain:
      "Both write the same name. The object is the one or the other, with its size; writers that share a temporary file or write in place mix them.",
    timeoutMs: 60_000,
    async run(ctx) {
      const second = await ctx.secondHandle();
      for (let round = 0; round < 6; round++) {
        const sizes = round % 2 ? [3_300_001, 2_200_003] : [70_001, 70_001];
        const name = ctx.name();
        const objects = sizes.map((size, i) => ctx.bytes(size, 2 * round + i));
        // The one goes on faster than the other, as fast, or more slowly.
        const [slow, other] = [5, 1 + 4 * (round % 3)].map((turns) => ({
          callback: () => yieldTurns(turns),
        }));
        const outcomes = await Promise.allSettled([
          ctx.upload(name, objects[0] ?? new Uint8Array(), slow),
          ctx.upload(name, objects[1] ?? new Uint8Array(), other, second),
        ]);
        const stored = outcomes.filter(({ status }) => status === "fulfilled");
        for (const outcome of outcomes) {
          if (outcome.status === "fulfilled") continue;
          // A service may say that it is busy with the other one.
          const what = "one of two uploads at once, if it rejects,";
          checkCode(ctx, outcome.reason, "TRANSIENT", what, { clause: 29 });
        }
        if (stored.length === 0) continue;
        const seen = await ctx.fetch(name);
        const whole = objects.find((bytes) => isEqual(seen, bytes));
        expect(ctx, whole !== undefined, {
          expected:
            "after two uploads at once the object is one of them, whole",
          observed: `${seen.length} bytes that are neither`,
        });
        await ctx.expectObject(name, whole, "after two uploads at once");
      }
    },
  },
  {
    id: "ATM-8",
    clauses: [8, 4],
    level: "must",
    title: "during an upload others see the old object or none, never a part",
    explain:
      "A second handle asks for size and bytes while the upload's callback is held below the total, and again and again until it is done. An object of another size is a part.",
    timeoutMs: 90_000,
    async run(ctx) {
      const second = await ctx.secondHandle();
      for (const [index, hasOld] of [false, true].entries()) {
        const name = ctx.name();
        const old = hasOld ? ctx.bytes(30_011, 1) : undefined;
        if (old !== undefined) await ctx.given(name, old);
        const bytes = ctx.bytes(BIG, 2 + index);
        await checkSeenDuringUpload(ctx, second, { name, old, bytes });
        await ctx.expectObject(name, bytes, "after the upload");
      }
    },
  },
];

async function checkReplaced(
  ctx: CaseContext,
  index: number,
  size: number,
  threshold: number,
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
    replacing = ctx.upload(name, bytes, undefined, second);
    isBlocked = !await settlesWithin(BLOCKED_MS, replacing);
  });
  const download = ctx.download(name, path, { callback: trace.callback });
  const error = await download.then(() => undefined, (error) => ({ error }));
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
  if (error !== undefined) {
    checkCode(ctx, error.error, "TRANSIENT", `${what}, if it rejects,`, {
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
  expect(ctx, whole !== undefined, {
    expected: `${what} gives the old bytes or the new ones`,
    observed: seen === undefined ? "no file" : describeMix(seen, versions),
    hint: "each range must be of the version that the first answer named",
    evidence: [trace.evidence()],
  });
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

interface Upload {
  name: string;
  old: Uint8Array | undefined;
  bytes: Uint8Array;
}

async function checkSeenDuringUpload(
  ctx: CaseContext,
  second: ObjectStore,
  { name, old, bytes }: Upload,
): Promise<void> {
  const looks = { count: 0, isBlocked: false };
  const looking = async () => {
    const asking = expectWhole(ctx, second, { name, old, bytes });
    asking.catch(() => {});
    looks.isBlocked ||= !await settlesWithin(BLOCKED_MS, asking);
    if (looks.isBlocked) return;
    await asking;
    looks.count++;
  };
  let problem: unknown;
  let isHeld = false;
  const upload = ctx.upload(name, bytes, {
    async callback(done, total) {
      if (isHeld || done === total || looks.isBlocked) return;
      isHeld = true;
      await looking().catch((error) => problem = error);
    },
  });
  let isDone = false;
  const end = upload.then(() => {}, () => {}).then(() => {
    isDone = true;
  });
  while (!isDone && !looks.isBlocked && problem === undefined) {
    await looking().catch((error) => problem = error);
    // A store in memory answers at once, and would keep the upload from going on.
    await new Promise<void>((resolve) => setTimeout(resolve, 0));
  }
  await end;
  if (problem !== undefined) throw problem;
  await upload;
  if (looks.isBlocked) {
    throw ctx.unverified("a read waits for an upload of the same object");
  }
  if (looks.count === 0) throw ctx.unverified("the upload was over at once");
}

/** One look through another handle: old, absent or new, and nothing else. */
async function expectWhole(
  ctx: CaseContext,
  store: ObjectStore,
  { name, old, bytes }: Upload,
): Promise<void> {
  const versions = [old, bytes].filter((version) => version !== undefined);
  const observed = await observe(ctx, store, name, old !== undefined);
  if (observed === undefined) return;
  const { size, seen } = observed;
  const what = `during an upload of ${bytes.length} bytes over ${
    old === undefined ? "nothing" : `${old.length} bytes`
  }`;
  expect(ctx, versions.some((version) => version.length === size), {
    expected: `${what} another handle finds a whole object`,
    observed: `its size is ${size}`,
  });
  if (seen === undefined) return;
  expect(ctx, versions.some((version) => isEqual(version, seen)), {
    expected: `${what} another handle reads a whole object`,
    observed: `${seen.length} bytes that are neither the old nor the new ones`,
  });
}

async function observe(
  ctx: CaseContext,
  store: ObjectStore,
  name: string,
  hasOld: boolean,
): Promise<{ size: number; seen: Uint8Array | undefined } | undefined> {
  const path = `${ctx.scratch}/seen-${crypto.randomUUID()}`;
  try {
    const size = await store.getObjectSize(name);
    try {
      await store.downloadObject(name, path);
      return { size, seen: await fs.readFile(path) };
    } catch (error) {
      // Replaced between its requests (clause 15).
      const isTransient = isStoreError(error) && error.code === "TRANSIENT";
      if (isTransient) return { size, seen: undefined };
      throw error;
    } finally {
      await fs.rm(path, { force: true });
    }
  } catch (error) {
    const isAbsent = isStoreError(error) && error.code === "OBJECT_NOT_FOUND";
    if (isAbsent && !hasOld) return undefined;
    throw ctx.fail({
      expected: "during an upload another handle reads the old object or none",
      observed: hasOld ? "the old one cannot be read" : "it cannot be read",
      evidence: [errorChain(error)],
    });
  }
}

/** Lets others run for some turns of the event loop. */
async function yieldTurns(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) {
    await new Promise<void>((resolve) => setTimeout(resolve, 0));
  }
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
