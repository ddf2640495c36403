import type { Case, CaseContext } from "../../model/case.ts";
import { checkCode, expect, expectCode, settle } from "../../checks/expect.ts";
import type { FaultAction } from "../../faults/fault.ts";
import type { ObjectData } from "../../../src/object_store.ts";
import { succeed, writeObject } from "../shared/powers.ts";
import { BIG } from "../shared/transfers.ts";
import { SMALL } from "../shared/wire_operations.ts";
import {
  butDiscards,
  patienceOf,
  wireEvidence,
  wireOf,
} from "../shared/wire_outcomes.ts";
import { hasBody } from "../shared/wire.ts";
import { expectCancelled, makeSource, type Source } from "./sources.ts";
import { disposeAfter } from "../../checks/dispose_after.ts";

/** Writes that the service or the network refuses: a part of group WRI. */
export const wriWireCases: readonly Case[] = [{
  id: "WRI-15",
  clauses: [33, 25, 8],
  level: "must",
  capabilities: ["write"],
  needs: ["upstream"],
  timeoutMs: 600_000,
  title: "a write that the network fails is transient, and leaves nothing",
  explain:
    "Every request is answered 503, or its connection is reset, before the service sees it or in the middle of the body: bytes, and streams small and large, with a size and without. TRANSIENT, the stream is cancelled, the object is the old one. When all is well again, the same call succeeds with a new stream.",
  run: checkFailing,
}, {
  id: "WRI-16",
  clauses: [33, 25, 27],
  level: "must",
  capabilities: ["write"],
  needs: ["upstream"],
  timeoutMs: 300_000,
  title: "what is lost once in a write is sent again, or nothing is stored",
  explain:
    "The first request, and then the second, is answered 503, reset in its body, or its answer is lost. The write resolves and is exact, or rejects as TRANSIENT, and what had the name stays (or is the new one, whole, where the answer of a commit was lost). Never send the rest of a stream as if it were all.",
  run: checkOneLoss,
}, {
  id: "WRI-18",
  clauses: [24, 33],
  level: "must",
  capabilities: ["write"],
  title: "what may not be written is PERMISSION_DENIED, and not sent",
  explain:
    "With a store that may do nothing (capability `authz`), on a missing bucket (capability `bucket`), and with answers 403 in the service's words, also one that comes while the stream still does. The stream is cancelled.",
  run: checkForbidden,
}];

const KINDS = ["bytes", "a stream", "a stream with its size"] as const;

/** Data of so many bytes, and the source if it is a stream. */
function makeData(
  bytes: Uint8Array<ArrayBuffer>,
  kind: typeof KINDS[number],
): { data: ObjectData; options: { size?: number }; source?: Source } {
  if (kind === "bytes") return { data: bytes, options: {} };
  const source = makeSource(bytes);
  const options = kind === "a stream" ? {} : { size: bytes.length };
  return { data: source.stream, options, source };
}

/** A write that is to fail, of which the object is replaced when all is well again. */
interface Write {
  readonly what: string;
  readonly name: string;
  readonly old: Uint8Array;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly kind: typeof KINDS[number];
}

async function checkFailing(ctx: CaseContext): Promise<void> {
  const actions: FaultAction[] = [
    { kind: "status", status: 503 },
    { kind: "reset", at: "before-head" },
    { kind: "reset-upload", afterBytes: 1_000 },
  ];
  for (const action of actions) {
    const writes: Write[] = [];
    for (const size of [SMALL, BIG]) {
      for (const kind of KINDS) {
        const name = ctx.name("failing");
        const old = ctx.bytes(199, name);
        const bytes = ctx.bytes(size, size);
        await ctx.given(name, old);
        const what =
          `a write of ${bytes.length} bytes, given as ${kind}, with ${action.kind} for every request`;
        writes.push({ what, name, old, bytes, kind });
      }
    }
    await failTogether(ctx, action, writes);
    for (const { name, bytes, kind } of writes) {
      const again = makeData(bytes, kind);
      const repeated = writeObject(ctx, name, again.data, again.options);
      await succeed(ctx, repeated, "the same call, when all is well");
      await ctx.expectObject(name, bytes, "the second write has resolved");
    }
  }
}

/** Side by side, as what fails waits before it tries again. */
async function failTogether(
  ctx: CaseContext,
  action: FaultAction,
  writes: readonly Write[],
): Promise<void> {
  const given = writes.map(({ bytes, kind }) => makeData(bytes, kind));
  const begin = () =>
    Promise.all(writes.map(({ name }, i) => {
      const { data, options } = given[i]!;
      return settle(writeObject(ctx, name, data, options));
    }));
  const what = `writes with ${action.kind} for every request`;
  const outcomes = await writeUnder(ctx, action, begin, what);
  for (const [i, { what, name, old }] of writes.entries()) {
    const outcome = outcomes[i]!;
    const evidence = [wireEvidence(ctx)];
    expect(ctx, outcome.status === "rejected", {
      expected: `${what} rejects with TRANSIENT`,
      observed: "it resolved",
      evidence,
    });
    checkCode(ctx, outcome.reason, "TRANSIENT", what, { evidence });
    const { source } = given[i]!;
    if (source) await expectCancelled(ctx, source, what);
    await ctx.expectObject(name, old, `${what} has failed`);
  }
}

async function checkOneLoss(ctx: CaseContext): Promise<void> {
  const actions: FaultAction[] = [
    { kind: "status", status: 503 },
    { kind: "reset-upload", afterBytes: 1_000 },
    { kind: "lose-answer" },
  ];
  for (const action of actions) {
    for (const nth of [1, 2]) {
      for (const kind of KINDS.slice(0, nth === 1 ? 3 : 2)) {
        const name = ctx.name("lost");
        const old = ctx.bytes(199, name);
        const bytes = ctx.bytes(nth === 1 ? SMALL : BIG, `${kind} ${nth}`);
        await ctx.given(name, old);
        const what =
          `a write of ${bytes.length} bytes, given as ${kind}, with ${action.kind} for request ${nth}`;
        const { data, options } = makeData(bytes, kind);
        const faults = wireOf(ctx).inject({
          match: { ...butDiscards(ctx), nth, count: 1 },
          action,
          optional: true,
        });
        const writing = settle(writeObject(ctx, name, data, options));
        const outcome = await ctx.within(
          patienceOf(ctx),
          writing,
          what,
          "scaled",
        );
        await faults.stop();
        if (outcome.status === "fulfilled") {
          await ctx.expectObject(name, bytes, `${what} has resolved`);
          continue;
        }
        const evidence = [wireEvidence(ctx)];
        checkCode(ctx, outcome.reason, "TRANSIENT", what, { evidence });
        const size = await ctx.store.getObjectSize(name);
        const isNew = action.kind === "lose-answer" && size === bytes.length;
        const left = isNew ? bytes : old;
        await ctx.expectObject(name, left, `${what} has failed`);
      }
    }
  }
}

async function checkForbidden(ctx: CaseContext): Promise<void> {
  const hasWords = ctx.wire?.dialect !== undefined;
  if (!ctx.has("authz") && !ctx.has("bucket") && !hasWords) {
    throw ctx.skip("the harness declares neither 'authz' nor 'bucket'");
  }
  const bytes = ctx.bytes(BIG, "forbidden");
  const denied = "PERMISSION_DENIED";
  const actions: FaultAction[] = hasWords
    ? [
      { kind: "status", status: 403 },
      { kind: "refuse-upload", status: 403, afterBytes: 2_000 },
    ]
    : [];
  for (const action of actions) {
    const source = makeSource(bytes);
    const what = `a write answered by ${action.kind} 403`;
    const begin = () => settle(writeObject(ctx, ctx.name(), source.stream));
    const outcome = await writeUnder(ctx, action, begin, what);
    const evidence = [wireEvidence(ctx)];
    expect(ctx, outcome.status === "rejected", {
      expected: `${what} rejects with ${denied}`,
      observed: "it resolved",
      evidence,
    });
    checkCode(ctx, outcome.reason, denied, what, { evidence });
    await expectCancelled(ctx, source, what);
  }
  for (const member of ["openForbidden", "openMissingBucket"] as const) {
    const isForbidden = member === "openForbidden";
    if (!ctx.has(isForbidden ? "authz" : "bucket")) continue;
    const store = await ctx.openSpecial(member);
    for (const size of [SMALL, BIG]) {
      const source = makeSource(bytes.slice(0, size));
      const what = `a write to a store from ${member}`;
      const writing = writeObject(
        ctx,
        ctx.name(),
        source.stream,
        undefined,
        store,
      );
      const code = isForbidden ? denied : "BUCKET_NOT_FOUND";
      await expectCode(ctx, writing, code, what, { ms: patienceOf(ctx) });
      await expectCancelled(ctx, source, what);
    }
  }
}

async function writeUnder<T>(
  ctx: CaseContext,
  action: FaultAction,
  begin: () => Promise<T>,
  what: string,
): Promise<T> {
  const needsBody = action.kind === "reset-upload" ||
    action.kind === "refuse-upload";
  const { where: isOther = () => true } = butDiscards(ctx);
  return await disposeAfter(
    wireOf(ctx).inject({
      match: {
        where: (request) =>
          isOther(request) && (!needsBody || hasBody(request)),
      },
      action,
    }),
    async () => {
      return await ctx.within(patienceOf(ctx), begin(), what, "scaled");
    },
  );
}
