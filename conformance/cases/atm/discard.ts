import { truncate } from "node:fs/promises";
import type { Case, CaseContext } from "../../model/case.ts";
import { expect, settle } from "../../checks/expect.ts";
import type { Dialect, FaultRule, WireExchange } from "../../faults/fault.ts";
import { countTicks } from "../../checks/ticks.ts";
import { traceCalls } from "../../checks/trace.ts";
import { BIG, prepareUpload, type Transfer } from "../shared/transfers.ts";
import {
  begunSince,
  hasBody,
  isSuccess,
  isWrite,
  underFaults,
  untilQuiet,
  wireEvidence,
  wireOf,
} from "../shared/wire.ts";

const MIB = 1024 * 1024;
/** Cleaning up may go on in the background, bounded. */
const CLEAN_MS = 6_000;
/** Larger uploads are not tried only to fail. */
const MOST = 48 * MIB;

/** A way in which an upload is made to fail while the server answers. */
interface Failing {
  readonly what: string;
  readonly rules?: readonly FaultRule[];
  readonly by?: "callback" | "abort" | "source";
}

/** The case of group ATM about what a failed upload leaves at the service. */
export const atmDiscardCases: readonly Case[] = [{
  id: "ATM-9",
  clauses: [8],
  level: "must",
  needs: ["upstream", "dialect"],
  title: "an upload that fails discards its parts",
  explain:
    "An upload in parts fails by its commit, by a part, by the callback, by an abort and by its source, while the server answers. There is no object, the upload is discarded after its last part, and nothing else is left. A store that uploads in one request has nothing to discard; where the service has no request for it, leave the dialect's 'isDiscard' out. If this fails, look at parts that are still sent when the upload is discarded, and for failures of the local side.",
  timeoutMs: 90_000,
  async run(ctx) {
    const { dialect } = wireOf(ctx);
    if (dialect === undefined) return;
    const isPart: FaultRule["match"] = {
      where: (request) => hasBody(request) && !dialect.isCommit(request),
      nth: 2,
    };
    const busy = { kind: "status", status: 503 } as const;
    const reset = { kind: "reset-upload", afterBytes: 1_000 } as const;
    const silence = { kind: "stall", at: "before-head" } as const;
    const commit = {
      where: (request: WireExchange["request"]) => dialect.isCommit(request),
    };
    const ways: Failing[] = [
      {
        what: "whose commit is refused",
        rules: [{ match: commit, action: busy }],
      },
      {
        what: "whose parts are refused",
        rules: [{ match: isPart, action: busy, optional: true }],
      },
      {
        what: "whose connections break while parts are sent",
        rules: [{ match: isPart, action: reset, optional: true }],
      },
      {
        what: "that is aborted while parts are not answered",
        rules: [{ match: isPart, action: silence, optional: true }],
        by: "abort",
      },
      { what: "whose callback throws", by: "callback" },
      { what: "that is aborted", by: "abort" },
      { what: "whose source changes", by: "source" },
    ];
    const stored = new Set<string>();
    let hasParts = false;
    for (const way of ways) {
      const upload = await prepareUpload(ctx, sizeOf(ctx), { salt: way.what });
      const seen = await checkDiscarded(ctx, dialect, upload, way);
      if (seen.isStored) stored.add(upload.name);
      hasParts ||= seen.hasParts;
      await expectNothingElse(ctx, stored, `an upload ${way.what}`);
    }
    if (hasParts && !dialect.isDiscard) {
      throw ctx.unverified(
        "the harness's dialect has no 'isDiscard', so what is left of uploads in parts is not seen",
      );
    }
  },
}];

/** Several parts. */
function sizeOf({ limits: { partSize } }: CaseContext): number {
  if (partSize === undefined) return BIG;
  const parts = partSize > 8 * MIB ? 2 : 4;
  return Math.min(parts * partSize + 4_321, MOST);
}

/** The outcome of an upload that was to fail. */
interface Seen {
  /** True if the object is there all the same. */
  readonly isStored: boolean;
  /** True if the service has parts of it, or had. */
  readonly hasParts: boolean;
}

async function checkDiscarded(
  ctx: CaseContext,
  dialect: Dialect,
  upload: Transfer,
  { what: how, rules = [], by }: Failing,
): Promise<Seen> {
  await untilQuiet(ctx);
  const meter = wireOf(ctx).meter();
  const start = performance.now();
  const what = `an upload ${how}`;
  const { outcome } = await underFaults(
    ctx,
    rules,
    () => failUpload(upload, by),
    what,
  );
  if (outcome.status === "fulfilled") {
    await upload.expectDone();
    return { isStored: true, hasParts: false };
  }
  const look = () => findRest(begunSince(meter, start), dialect);
  for (let left = CLEAN_MS; left > 0 && look() !== undefined; left -= 50) {
    await countTicks(50).over;
  }
  await untilQuiet(ctx);
  const rest = look();
  expect(ctx, rest === undefined, {
    expected: `${what} discards what it has begun at the service`,
    observed: rest ?? "",
    evidence: [wireEvidence(ctx)],
  });
  // An abort may come when all has been sent.
  const isStored = by === "abort" &&
    (await settle(ctx.store.getObjectSize(upload.name))).status === "fulfilled";
  await (isStored ? upload.expectDone() : upload.expectNothing());
  const hasParts = findParts(begunSince(meter, start), dialect).length > 0;
  return { isStored, hasParts };
}

/** Begins an upload that is to fail when it has reported something, but not everything. */
async function failUpload(
  upload: Transfer,
  by: Failing["by"],
): Promise<void> {
  const controller = new AbortController();
  let hasActed = false;
  const { callback } = traceCalls(({ bytes, total }) => {
    if (by === undefined || hasActed || bytes < 1 || bytes === total) return;
    hasActed = true;
    if (by === "callback") throw new Error("thrown by the callback");
    if (by === "abort") controller.abort(new Error("aborted in the callback"));
    if (by === "source") return truncate(upload.path, 1_000);
  });
  await upload.start({ callback, signal: controller.signal });
}

/** Says what is wrong with how an upload was left, in words. */
function findRest(
  exchanges: readonly WireExchange[],
  dialect: Dialect,
): string | undefined {
  const begun = findParts(exchanges, dialect);
  const last = begun.at(-1);
  // Whole objects in one request are looked for by name.
  if (last === undefined || !dialect.isDiscard) return undefined;
  const discards = exchanges.filter(({ request }) =>
    isWrite(request) && dialect.isDiscard?.(request)
  );
  const discard = discards.filter(isSuccess).at(-1);
  if (discard === undefined) {
    return `${begun.length} requests had done something, and ${
      discards.length === 0
        ? "none discarded it"
        : `those to discard it were answered with ${
          discards.map(({ status }) => status).join(", ")
        }`
    }`;
  }
  return discard.request.number > last.request.number
    ? undefined
    : `request ${last.request.number} did something after request ${discard.request.number} had discarded it`;
}

/** The requests that have left something at the service but no object. */
function findParts(
  exchanges: readonly WireExchange[],
  dialect: Dialect,
): WireExchange[] {
  return exchanges.filter((each) =>
    isWrite(each.request) && isSuccess(each) && isPart(each) &&
    !dialect.isCommit(each.request) && !dialect.isDiscard?.(each.request)
  );
}

/** Requests that only ask something may have small bodies, too. */
function isPart({ request: { method }, requestBytes }: WireExchange): boolean {
  return method !== "DELETE" && (method !== "POST" || requestBytes > 1024);
}

async function expectNothingElse(
  ctx: CaseContext,
  stored: ReadonlySet<string>,
  what: string,
): Promise<void> {
  const names = await ctx.oracle?.list(ctx.place) ?? [];
  const left = names.filter((name) => !stored.has(name));
  expect(ctx, left.length === 0, {
    expected: `${what} leaves nothing at the service`,
    observed: left.join(", "),
    evidence: [wireEvidence(ctx)],
  });
}
