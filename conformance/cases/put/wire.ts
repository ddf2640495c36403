import type { Case, CaseContext } from "../../model/case.ts";
import { expect } from "../../checks/expect.ts";
import { describeError } from "../../checks/error_chain.ts";
import type { FaultMatch, FaultRule } from "../../faults/fault.ts";
import { severalParts } from "../shared/transfers.ts";
import {
  hasBody,
  isWrite,
  recordRequests,
  underFaults,
  wireEvidence,
  wireOf,
} from "../shared/wire.ts";

/** A way for an upload to fail. */
interface UploadFault {
  readonly what: string;
  readonly rule: FaultRule;
  /** True if the service has done what was asked, so that the new object may be there. */
  readonly mayBeStored?: boolean;
}

/** The part of group PUT that needs faults on the wire. */
export const putWireCases: readonly Case[] = [{
  id: "PUT-7",
  clauses: [8],
  level: "must",
  needs: ["upstream"],
  title: "an overwrite that fails leaves the old object, byte for byte",
  explain:
    "The upload fails at its first request, in the middle of a body, at a later part, and at the request that makes the object visible; where only the last answer is lost the object may be the new one, whole. If this fails, look for an old object that is removed first, for parts that are visible, and for a clean-up that removes the object and not the parts.",
  timeoutMs: 90_000,
  async run(ctx) {
    for (const size of [30_011, severalParts(ctx)]) {
      for (const fault of await planFaults(ctx, size)) {
        await checkOverwrite(ctx, size, fault);
      }
    }
  },
}];

async function planFaults(
  ctx: CaseContext,
  size: number,
): Promise<UploadFault[]> {
  const name = ctx.name("probe");
  await ctx.given(name, ctx.bytes(701, "probe"));
  const bytes = ctx.bytes(size, "probe");
  const requests = await recordRequests(ctx, () => ctx.upload(name, bytes));
  const bodies = requests.filter(({ request }) => hasBody(request));
  const { dialect } = wireOf(ctx);
  const busy = { kind: "status", status: 503 } as const;
  const body: FaultMatch = { where: hasBody };
  const commit: FaultMatch = dialect
    ? { where: (request) => dialect.isCommit(request) }
    : {
      where: isWrite,
      nth: requests.filter(({ request }) => isWrite(request)).length,
    };
  const faults: UploadFault[] = [
    { what: "at its first request", rule: { action: busy } },
    {
      what: "in the middle of each body",
      rule: { match: body, action: { kind: "reset-upload", afterBytes: 257 } },
    },
    {
      what: "at the commit",
      rule: { match: commit, action: busy },
      // The last request that writes may come after the one that counts.
      mayBeStored: dialect === undefined,
    },
    {
      what: "when the answer to the commit is lost",
      rule: { match: commit, action: { kind: "lose-answer" } },
      mayBeStored: true,
    },
  ];
  if (bodies.length > 2) {
    const nth = bodies.length >> 1;
    faults.push({
      what: "at a part in the middle",
      rule: { match: { ...body, nth }, action: busy },
    });
  }
  return faults;
}

async function checkOverwrite(
  ctx: CaseContext,
  size: number,
  { what: when, rule, mayBeStored = false }: UploadFault,
): Promise<void> {
  const what = `an overwrite of ${size} bytes that fails ${when}`;
  const name = ctx.name("old");
  const [old, bytes] = [
    ctx.bytes(50_021, `old ${size} ${when}`),
    ctx.bytes(size, `new ${size} ${when}`),
  ];
  await ctx.given(name, old);
  // A store may send other requests the second time: what did not fire is no fault of its own.
  const rules = [{ ...rule, optional: true }];
  const { outcome, fired } = await underFaults(
    ctx,
    rules,
    () => ctx.upload(name, bytes),
    what,
  );
  const evidence = [wireEvidence(ctx)];
  if (outcome.status === "fulfilled") {
    const whole = `${what}, but resolves after ${fired} faults`;
    return await ctx.expectObject(name, bytes, whole);
  }
  const stored = await ctx.fetch(name).catch(() => undefined);
  const isNew = stored?.length === bytes.length && mayBeStored;
  const allowed = isNew ? bytes : old;
  expect(ctx, stored?.length === allowed.length, {
    expected: `${what} leaves the old object${
      mayBeStored ? " or the new one, whole" : ""
    }`,
    observed: stored === undefined
      ? "there is no object that can be read"
      : `there is one of ${stored.length} bytes`,
    evidence: [...evidence, {
      title: "error chain",
      lines: describeError(outcome.reason),
    }],
  });
  await ctx.expectObject(name, allowed, what);
}
