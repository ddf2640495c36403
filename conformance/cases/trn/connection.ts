import type { Case, CaseContext } from "../../model/case.ts";
import { settle } from "../../checks/expect.ts";
import type { FaultRule } from "../../faults/fault.ts";
import { checkOtherServers } from "./other_servers.ts";
import {
  type Operation,
  Operations,
  severalRequests,
} from "../shared/wire_operations.ts";
import {
  butDiscards,
  countRequests,
  expectTransient,
  judge,
  patienceOf,
  stallPatience,
  wireOf,
} from "../shared/wire_outcomes.ts";
import { half, isWrite } from "../shared/wire.ts";
import { disposeAfter } from "../../checks/dispose_after.ts";

/** More than an upload's head, less than its body. */
const SOME_BYTES = 1_000;

const RESET_BEFORE: FaultRule["action"] = { kind: "reset", at: "before-head" };

/** Connections that fail, and servers that are silent: a part of group TRN. */
export const trnConnectionCases: readonly Case[] = [{
  id: "TRN-2",
  clauses: [25, 27],
  level: "must",
  needs: ["upstream"],
  timeoutMs: 600_000,
  title: "a lost, refused or silent connection is transient",
  explain:
    "Refused, reset before and after the head of the answer, reset in the middle of a request's body, silent; with the harness's `openAt` also a host name that does not exist and a TLS handshake that ends, while a certificate that nobody trusts stays an error. Check what each of the runtime's network errors becomes: some have no code, and only their class or cause tells.",
  async run(ctx) {
    const operations = new Operations(ctx);
    const all = await operations.all();
    await checkRefused(ctx, all);
    await expectTransient(ctx, { action: RESET_BEFORE }, all, {
      what: "while every connection is reset before the answer",
    });
    await expectTransient(
      ctx,
      {
        match: { method: "GET" },
        action: { kind: "reset", at: "after-head" },
      },
      all.filter(({ kind }) => kind === "download"),
      {
        what: "while every connection is reset after the answer's head",
      },
    );
    await expectTransient(
      ctx,
      {
        match: { where: isWrite },
        action: { kind: "reset-upload", afterBytes: SOME_BYTES },
      },
      all.filter(({ kind }) => kind === "upload"),
      {
        what: "while every connection is reset within the request's body",
      },
    );
    await checkLaterRequests(ctx, operations);
    const gaps = [
      await checkSilence(ctx, await operations.all()),
      ...await checkOtherServers(ctx),
    ].filter((gap) => gap !== undefined);
    if (gaps.length > 0) throw ctx.unverified(gaps.join("; "));
  },
}, {
  id: "TRN-4",
  clauses: [27, 25, 14],
  level: "must",
  needs: ["upstream"],
  timeoutMs: 600_000,
  title:
    "a server that falls silent in the middle ends the operation as transient",
  explain:
    "A body stalls after half of it, in an answer and in a request, for as long as the store waits. A timeout for the answer's head alone does not see it. The harness's `limits.stallTimeoutMs` says when a silent request ends, `limits.maxOperationMs` how long an operation with its retries takes.",
  async run(ctx) {
    const ms = stallPatience(ctx);
    const all = await new Operations(ctx).all();
    await expectTransient(
      ctx,
      {
        match: { method: "GET" },
        action: { kind: "stall", at: { bodyBytes: half } },
      },
      all.filter(({ kind }) => kind === "download"),
      {
        what: "while every answer stalls after half of its body",
        hint: "the timeout ends with the head of the answer",
        ms,
      },
    );
    await expectTransient(
      ctx,
      {
        match: { where: isWrite },
        action: { kind: "stall-upload", afterBytes: SOME_BYTES },
      },
      all.filter(({ kind }) => kind === "upload"),
      {
        what: "while no server reads more of a request's body",
        ms,
      },
    );
    const again = await new Operations(ctx).all();
    for (const operation of again) {
      const ms = patienceOf(ctx);
      const found = await ctx.within(ms, operation.start(), operation.what);
      await operation.expectDone(found);
    }
  },
}];

async function checkRefused(
  ctx: CaseContext,
  all: readonly Operation[],
): Promise<void> {
  const what = "while connections are refused";
  const outcomes: PromiseSettledResult<unknown>[] = [];
  {
    await disposeAfter(await wireOf(ctx).refuse(), async () => {
      outcomes.push(
        ...await Promise.all(all.map((operation) =>
          ctx.within(
            patienceOf(ctx),
            settle(operation.start()),
            `${operation.what} settles ${what}`,
            "scaled",
          )
        )),
      );
    });
  }
  for (const [i, operation] of all.entries()) {
    await judge(ctx, operation, outcomes[i]!, { what });
  }
}

async function checkLaterRequests(
  ctx: CaseContext,
  operations: Operations,
): Promise<void> {
  const large = severalRequests(ctx);
  for (
    const make of [
      () => operations.upload(large),
      () => operations.download(large),
    ]
  ) {
    const count = await countRequests(ctx, await make());
    for (const nth of new Set([2, Math.ceil(count / 2), count])) {
      if (nth < 2 || nth > count) continue;
      await expectTransient(
        ctx,
        {
          match: { ...butDiscards(ctx), nth },
          action: RESET_BEFORE,
          optional: true,
        },
        [await make()],
        {
          what:
            `while connections are reset from request ${nth} of ${count} on`,
          orDone: true,
          afterFailure: (operation) => operation.expectNothingOrWhole(),
        },
      );
    }
  }
}

/** @returns What could not be checked. */
async function checkSilence(
  ctx: CaseContext,
  all: readonly Operation[],
): Promise<string | undefined> {
  if (ctx.limits.stallTimeoutMs === undefined) {
    return "no 'limits.stallTimeoutMs' for a server that is silent";
  }
  await expectTransient(
    ctx,
    {
      action: { kind: "stall", at: "before-head" },
    },
    all,
    {
      what: "while the server answers nothing",
      ms: stallPatience(ctx),
    },
  );
}
