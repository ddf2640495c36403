import type { Case, CaseContext } from "../../model/case.ts";
import { checkCode, expect, expectBytes, settle } from "../../checks/expect.ts";
import type { FaultRule } from "../../faults/fault.ts";
import {
  abortSilent,
  abortUnanswered,
  PROMPT_MS,
} from "../shared/abort_silent.ts";
import {
  readObject,
  readOn,
  type ReadOutcome,
  succeed,
} from "../shared/powers.ts";
import { BIG, turn, waitUntil } from "../shared/transfers.ts";
import { recordRequests } from "../shared/wire.ts";
import { severalRequests, SMALL } from "../shared/wire_operations.ts";
import { patienceOf, wireEvidence, wireOf } from "../shared/wire_outcomes.ts";
import { checkBounded, checkSlowReader } from "./waiting.ts";
import { disposeAfter } from "../../checks/dispose_after.ts";

type Point = (length: number) => number;

const half: Point = (length) => length >> 1;
const last: Point = (length) => length - 1;
const SILENT_IN_BODY: FaultRule = {
  match: { method: "GET" },
  action: { kind: "stall", at: { bodyBytes: half } },
};
const CUTS: readonly (readonly [string, FaultRule["action"]])[] = [
  ["ends before its first byte", { kind: "cut", afterBytes: 0 }],
  ["ends after one byte", { kind: "cut", afterBytes: 1 }],
  ["ends after half of it", { kind: "cut", afterBytes: half }],
  ["ends before its last byte", { kind: "cut", afterBytes: last }],
  ["is reset after half of it", { kind: "reset", at: { bodyBytes: half } }],
];

/** Bodies of answers that break: a part of group REA. */
export const reaWireCases: readonly Case[] = [{
  id: "REA-12",
  clauses: [31, 25],
  level: "must",
  capabilities: ["read"],
  needs: ["upstream"],
  timeoutMs: 600_000,
  title: "a stream whose bodies are cut never ends as if it were whole",
  explain:
    "Every body ends early, after 0 bytes, 1, half, or all but one, in good order or by a reset. The stream has the exact bytes all the same, as of a store that asks again where it was, or errors as TRANSIENT. Compare what came with what was announced, whatever the HTTP client says.",
  async run(ctx) {
    const objects = [
      await give(ctx, SMALL),
      await give(ctx, Math.min(BIG, 2 * severalRequests(ctx))),
    ];
    for (const [how, action] of CUTS) {
      const rule = { match: { method: "GET" }, action };
      await disposeAfter(wireOf(ctx).inject(rule), async () => {
        const outcomes = await Promise.all(objects.map(async (object) => {
          const { name, bytes } = object;
          const what =
            `a stream of ${bytes.length} bytes whose every body ${how}`;
          return { bytes, what, outcome: await readUnder(ctx, [], name, what) };
        }));
        for (const { outcome, bytes, what } of outcomes) {
          judge(ctx, outcome, bytes, what);
        }
      });
    }
  },
}, {
  id: "REA-13",
  clauses: [31, 25],
  level: "must",
  capabilities: ["read", "checksum"],
  needs: ["upstream"],
  timeoutMs: 300_000,
  title: "a stream that arrives damaged errors before its end",
  explain:
    "One byte of every answer is changed. Where the service gives a checksum of what it sends, the stream errors as TRANSIENT, at the latest in the place of its end, and bytes() and text() give nothing. Hold the end back until the checksum is compared.",
  async run(ctx) {
    const { partSize = Infinity } = ctx.limits;
    const size = Math.min(100_003, partSize - 1);
    const { name, bytes } = await give(ctx, size);
    for (const byte of [() => 0, half, last]) {
      const rule: FaultRule = {
        match: { method: "GET" },
        action: { kind: "corrupt", byte },
      };
      const what = `a stream of ${bytes.length} bytes, one of them changed`;
      const outcome = await readUnder(ctx, [rule], name, what);
      judge(
        ctx,
        outcome,
        bytes,
        what,
        "the service's checksum is not compared",
      );
    }
  },
}, {
  id: "REA-15",
  clauses: [31, 27],
  level: "should",
  capabilities: ["read"],
  needs: ["upstream"],
  timeoutMs: 120_000,
  title: "what is lost once is asked for again, from where it was",
  explain:
    "One connection is lost in the middle of a body: after half of it, and before its last byte. The reader does not notice, and the requests together bring less than the object twice, as nothing is asked for that the reader has already.",
  async run(ctx) {
    const { name, bytes } = await give(ctx, BIG);
    for (const [how, action] of CUTS.slice(2)) {
      const rule: FaultRule = {
        match: { method: "GET", where: hasLongAnswer, count: 1 },
        action,
      };
      const what = `a stream of which one body ${how}`;
      const { meter, outcome } = await metered(ctx, rule, name, what);
      const evidence = [wireEvidence(ctx)];
      expect(ctx, outcome.failure === undefined, {
        expected: `${what} has all bytes`,
        observed: `it errored with ${outcome.failure?.error}`,
        evidence,
      });
      expectBytes(ctx, outcome.bytes, bytes, what, { evidence });
      expect(ctx, meter <= 1.8 * bytes.length, {
        expected: `${what} is asked for from where it was`,
        observed: `${meter} bytes came for ${bytes.length}`,
        evidence,
      });
    }
  },
}, {
  id: "REA-16",
  clauses: [32, 21],
  level: "must",
  capabilities: ["read"],
  needs: ["upstream"],
  timeoutMs: 120_000,
  title: "cancel() and an abort release the connection at once",
  explain:
    "A body comes so slowly that it takes 20 seconds, and a reader waits for more: cancel() resolves, or the read rejects with the signal's reason, within a second, and the proxy sees the client go. On a server that says nothing, before its answer or in a body, an abort is as prompt. Look for a body that goes on to be read although nobody wants it.",
  async run(ctx) {
    const { name } = await give(ctx, severalRequests(ctx));
    for (const how of ["cancel", "abort"] as const) {
      await checkRelease(ctx, name, how);
    }
    await abortUnanswered(ctx, {
      what: "read",
      start: (options) => readObject(ctx, name, options),
    });
    await abortSilent(ctx, SILENT_IN_BODY, {
      what: "stream",
      start: async (options) =>
        await (await readObject(ctx, name, options)).bytes(),
    }, "in the middle of a body");
  },
}, {
  id: "REA-17",
  clauses: [32, 27],
  level: "must",
  capabilities: ["read"],
  timeoutMs: 180_000,
  title: "a reader that waits is no silent service",
  explain:
    "A reader takes a chunk and waits for longer than 'limits.stallTimeoutMs', twice; the rest is exact all the same. The clock of a request must stand while nobody asks for its bytes.",
  run: checkSlowReader,
}, {
  id: "REA-18",
  clauses: [32, 27],
  level: "must",
  capabilities: ["read", "streaming"],
  needs: ["upstream"],
  timeoutMs: 180_000,
  title: "no more is taken than a buffer while the reader waits",
  explain:
    "Of an object of up to 64 MiB a chunk is read, and then nothing: the proxy counts what the store takes meanwhile, which must be less than half of it. Pull the body when the stream is pulled; a stream that is fed as fast as the service sends holds the whole object in memory.",
  run: checkBounded,
}];

async function give(
  ctx: CaseContext,
  size: number,
): Promise<{ name: string; bytes: Uint8Array }> {
  const name = ctx.name("given");
  const bytes = ctx.bytes(size, name);
  await ctx.given(name, bytes);
  return { name, bytes };
}

/** Reads an object while faults are in force. */
async function readUnder(
  ctx: CaseContext,
  rules: readonly FaultRule[],
  name: string,
  what: string,
): Promise<ReadOutcome> {
  return await disposeAfter(wireOf(ctx).inject(...rules), async () => {
    const ms = patienceOf(ctx);
    const opened = await ctx.within(
      ms,
      settle(readObject(ctx, name)),
      what,
      "scaled",
    );
    return opened.status === "fulfilled"
      ? await readOn(ctx, opened.value.stream.getReader(), what, ms)
      : { bytes: new Uint8Array(), failure: { error: opened.reason } };
  });
}

function judge(
  ctx: CaseContext,
  { bytes: found, failure }: ReadOutcome,
  bytes: Uint8Array,
  what: string,
  hint?: string,
): void {
  const evidence = [wireEvidence(ctx)];
  const more = { evidence, ...(hint === undefined ? {} : { hint }) };
  if (failure) return checkCode(ctx, failure.error, "TRANSIENT", what, more);
  expectBytes(ctx, found, bytes, what, { ...more, clause: 31 });
}

/** Counts how many bytes of bodies came for an object. */
async function metered(
  ctx: CaseContext,
  rule: FaultRule,
  name: string,
  what: string,
): Promise<{ meter: number; outcome: ReadOutcome }> {
  let outcome: ReadOutcome | undefined;
  const requests = await recordRequests(ctx, async () => {
    outcome = await readUnder(ctx, [rule], name, what);
  });
  const meter = requests.reduce((sum, each) => sum + each.responseBytes, 0);
  if (outcome) return { meter, outcome };
  throw ctx.broken("nothing was read");
}

/** Not a range of a byte, as some ask for to learn the version. */
function hasLongAnswer(
  { headers }: { headers: Readonly<Record<string, string>> },
): boolean {
  const [, from, to] = headers.range?.match(/^bytes=(\d+)-(\d+)$/) ?? [];
  return to === undefined || Number(to) - Number(from) > 1_000;
}

async function checkRelease(
  ctx: CaseContext,
  name: string,
  how: "cancel" | "abort",
): Promise<void> {
  const controller = new AbortController();
  const { signal } = controller;
  const reason = new Error("the reader has enough");
  const meter = wireOf(ctx).meter();
  await disposeAfter(
    wireOf(ctx).inject({
      match: { method: "GET" },
      action: { kind: "slow", pieces: 100, ms: 200 },
    }),
    async (faults) => {
      const what = `a stream that comes slowly, ended by ${how}`;
      const opening = readObject(ctx, name, { signal });
      const { stream } = await opening;
      const reader = stream.getReader();
      const reading = readOn(ctx, reader, what, PROMPT_MS * 10);
      reading.catch(() => {});
      await ctx.within(PROMPT_MS * 5, faults.reached, `${what}: its body`);
      await turn();
      if (how === "abort") controller.abort(reason);
      else await succeed(ctx, reader.cancel(reason), what, PROMPT_MS);
      await waitUntil(
        () => meter.exchanges.every(({ isOver }) => isOver),
        PROMPT_MS,
      );
      const held = meter.exchanges.filter(({ isOver }) => !isOver).length;
      expect(ctx, held === 0, {
        expected: `${what}: the proxy sees the client go`,
        observed: `${held} requests are still held ${PROMPT_MS} ms later`,
        evidence: [wireEvidence(ctx)],
      });
      const { failure } = await reading;
      if (how === "cancel") return;
      expect(ctx, failure?.error === reason, {
        expected: `${what} errors with the signal's reason itself`,
        observed: failure ? `it errored with ${failure.error}` : "it ended",
        clause: 21,
      });
    },
  );
}
