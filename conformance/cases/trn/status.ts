import type { Case, CaseContext } from "../../model/case.ts";
import type { FaultMatch } from "../../faults/fault.ts";
import {
  type Operation,
  Operations,
  severalRequests,
  SMALL,
} from "../shared/wire_operations.ts";
import {
  butDiscards,
  countRequests,
  expectTransient,
  wireOf,
} from "../shared/wire_outcomes.ts";
import { expectPermanent } from "./permanent.ts";
import { isWrite } from "../shared/wire.ts";

const TRANSIENT = [408, 425, 429, 500, 502, 503, 504, 507];
/** No list of a client has these; proxies and firewalls in front of services send them. */
const UNUSUAL = [511, 521, 599];
const UNUSUAL_PERMANENT = [402, 418, 423, 451];
const PERMANENT = [400, 401, 403, 404, 405, 409, 411, 501, 505];
/** For a read, these can mean that the object was replaced. */
const PERMANENT_FOR_WRITES = [412, 416];
/** In the middle of an operation, the others can mean that something was replaced or is gone. */
const PERMANENT_LATER = [400, 403, 501];
/** So many requests of an operation are made to fail one by one, its first ones and its last. */
const MOST_REQUESTS = 8;

/** Meanings of statuses and codes: a part of group TRN. */
export const trnStatusCases: readonly Case[] = [{
  id: "TRN-1",
  clauses: [25],
  level: "must",
  needs: ["upstream"],
  timeoutMs: 600_000,
  title: "statuses and codes that are worth trying again are transient",
  explain:
    "408, 425, 429 and 5xx except 501 and 505, and the service's own transient codes with whatever status, for every operation, that of an empty file too, and each of its internal requests. Check the request in the middle of an upload in parts, the one that completes it, and a 4xx whose code says more than its status. An operation whose retries take longer than a minute needs the harness's `limits.maxOperationMs`.",
  async run(ctx) {
    const operations = new Operations(ctx);
    const all = await operations.all();
    for (const status of TRANSIENT) {
      await expectTransient(
        ctx,
        {
          action: { kind: "status", status },
        },
        all,
        { what: `while every answer is ${status}` },
      );
    }
    const small = await operations.small();
    for (const status of UNUSUAL) {
      const action = { kind: "status", status } as const;
      const what = `while every answer is ${status}`;
      await expectTransient(ctx, { action }, small, { what });
    }
    // What has no bytes goes out on a way of its own in many stores.
    const empty = [await operations.upload(0)];
    const busy = { kind: "status", status: 503 } as const;
    const what = "while every answer is 503";
    await expectTransient(ctx, { action: busy }, empty, { what });
    await checkLaterRequests(ctx, operations);
    await checkCodes(ctx, operations);
  },
}, {
  id: "TRN-6",
  clauses: [25],
  level: "must",
  needs: ["upstream"],
  timeoutMs: 600_000,
  title: "what no second attempt mends is an error of the store, not transient",
  explain:
    "400, 401, 403, 404, 405, 409, 411, 501 and 505 for every operation, 412 and 416 for writes. A caller who retries them waits for nothing. Check for a test of `status >= 400` or `status >= 500`, and for a fallback that calls everything unknown transient.",
  async run(ctx) {
    const operations = new Operations(ctx);
    const all = await operations.all();
    for (const status of PERMANENT) {
      await expectPermanent(ctx, { status, match: {} }, all);
    }
    const small = await operations.small();
    for (const status of UNUSUAL_PERMANENT) {
      await expectPermanent(ctx, { status, match: {} }, small);
    }
    const empty = [await operations.upload(0)];
    await expectPermanent(ctx, { status: 403, match: {} }, empty);
    const uploads = all.filter(({ kind }) => kind === "upload");
    for (const status of PERMANENT_FOR_WRITES) {
      const match = { where: isWrite };
      await expectPermanent(ctx, { status, match }, uploads);
    }
    for (const make of largeOperations(ctx, operations)) {
      const count = await countRequests(ctx, await make());
      for (const nth of chooseRequests(count)) {
        const status = PERMANENT_LATER[nth % PERMANENT_LATER.length]!;
        const match = { ...butDiscards(ctx), nth };
        await expectPermanent(ctx, { status, match }, [await make()]);
      }
    }
  },
}];

/** Each internal request of the operations in several parts, from it on. */
async function checkLaterRequests(
  ctx: CaseContext,
  operations: Operations,
): Promise<void> {
  for (const make of largeOperations(ctx, operations)) {
    const count = await countRequests(ctx, await make());
    for (const nth of chooseRequests(count)) {
      const status = TRANSIENT[nth % TRANSIENT.length]!;
      await expectTransient(
        ctx,
        {
          match: { ...butDiscards(ctx), nth },
          action: { kind: "status", status },
          // The next attempt may need fewer requests.
          optional: true,
        },
        [await make()],
        {
          what:
            `while every answer from number ${nth} of ${count} on is ${status}`,
          orDone: true,
        },
      );
    }
  }
}

/** The dialect's own codes, with statuses that alone would not be transient. A HEAD has no body to carry one. */
async function checkCodes(
  ctx: CaseContext,
  operations: Operations,
): Promise<void> {
  const { dialect } = wireOf(ctx);
  if (!dialect) return;
  const inBody: FaultMatch = { where: ({ method }) => method !== "HEAD" };
  const isTransfer = ({ kind }: Operation) => kind !== "size";
  const all = (await operations.all()).filter(isTransfer);
  const small = (await operations.small()).filter(isTransfer);
  const check = (
    status: number,
    ...[code, transfers]: [string, readonly Operation[]]
  ) =>
    expectTransient(
      ctx,
      {
        match: inBody,
        action: { kind: "status", status, code },
      },
      transfers,
      { what: `while every answer is ${status} ${code}` },
    );
  for (const code of dialect.transientCodes) await check(400, code, small);
  const [code] = dialect.transientCodes;
  if (code === undefined) return;
  await check(409, code, all);
  // What a status says by itself of the object or of a right, the code takes back.
  for (const status of [401, 403, 404]) await check(status, code, small);
  if (dialect.errorIn200 === undefined) return;
  await expectTransient(
    ctx,
    {
      match: { where: (request) => dialect.errorIn200?.(request) === true },
      action: { kind: "error-in-200", code },
      optional: true,
    },
    [await operations.upload(severalRequests(ctx))],
    {
      what: `while the answer to the commit is 200 with ${code} in its body`,
      hint: "the body of the answer to the commit is not looked at",
      clause: 8,
      orDone: true,
    },
  );
}

/** Operations in several parts, if the store has such: each makes a fresh one. */
function largeOperations(
  ctx: CaseContext,
  operations: Operations,
): (() => Promise<Operation>)[] {
  const large = severalRequests(ctx);
  return [
    () => operations.upload(large),
    () => operations.download(large),
    () => operations.upload(SMALL),
    () => operations.download(SMALL),
  ];
}

/** The second request, the next ones, and the last ones. */
function chooseRequests(count: number): number[] {
  const numbers = Array.from({ length: count }, (_, i) => i + 1).slice(1);
  if (numbers.length <= MOST_REQUESTS) return numbers;
  const half = MOST_REQUESTS / 2;
  return [...numbers.slice(0, half), ...numbers.slice(-half)];
}
