import { PROMPT_MS } from "../shared/abort_silent.ts";
import { readFile, writeFile } from "node:fs/promises";
import type { CaseContext } from "../../model/case.ts";
import { expectEqual, expectReason, settle } from "../../checks/expect.ts";
import { type TraceCall, traceCalls } from "../../checks/trace.ts";
import {
  CLAUSE_OF_TRANSFER,
  expectNoEarlierFailure,
} from "../shared/earlier_failure.ts";
import { expectFile } from "../shared/expect_file.ts";
import {
  BIG,
  makeGate,
  prepareDownload,
  prepareUpload,
  quiet,
  type Transfer,
  turn,
} from "../shared/transfers.ts";

/** Holds a transfer in its first intermediate call, aborts it, and returns what it rejects with. */
export async function abortHeld(
  ctx: CaseContext,
  transfer: Pick<Transfer, "what" | "start">,
  reason: unknown,
  overwrite = false,
): Promise<unknown> {
  const controller = new AbortController();
  const gate = makeGate();
  const trace = traceCalls(({ bytes, total }) =>
    bytes < total ? gate.pass() : undefined
  );
  const operation = transfer.start({
    callback: trace.callback,
    signal: controller.signal,
    overwrite,
  });
  await ctx.within(
    20_000,
    Promise.race([gate.reached, settle(operation)]),
    `${transfer.what}: a call`,
  );
  if (trace.calls.every(({ bytes, total }) => bytes === total)) {
    expectNoEarlierFailure(ctx, {
      hasHappened: false,
      what: `${transfer.what} that is to be aborted in the middle`,
      clause: CLAUSE_OF_TRANSFER[transfer.what],
      outcome: await settle(operation),
    });
    throw ctx.unverified(
      `${transfer.what}: no progress is reported before the end, so nothing can be held in the middle`,
    );
  }
  // A store that goes on meanwhile has more to report.
  await turn();
  controller.abort(reason);
  const { reason: actual } = controller.signal;
  const what = `${transfer.what} that is aborted in the middle`;
  const { length } = trace.calls;
  try {
    await expectReason(ctx, operation, actual, what, {
      ms: PROMPT_MS,
      patience: "exact",
      evidence: [trace.evidence()],
    });
  } finally {
    gate.open();
  }
  await turn(10);
  expectEqual(
    ctx,
    trace.calls.length,
    length,
    `the count of calls of ${what}`,
    {
      clause: 19,
      evidence: [trace.evidence()],
      hint: "a call came after the promise had settled",
    },
  );
  return actual;
}

/** Holds a transfer in its last call, and aborts it there: it does not wait for the callback. */
export async function abortHeldAtTheEnd(
  ctx: CaseContext,
  transfer: Transfer,
): Promise<void> {
  const controller = new AbortController();
  const gate = makeGate();
  let hasCalled = false;
  const operation = transfer.start({
    callback(bytes, total) {
      if (bytes !== total) return;
      hasCalled = true;
      return gate.pass();
    },
    signal: controller.signal,
  });
  const what = `${transfer.what} that is aborted while its last call hangs`;
  const reached = Promise.race([gate.reached, settle(operation)]);
  await ctx.within(20_000, reached, `${transfer.what}: its last call`);
  controller.abort("in the last call");
  try {
    const outcome = await ctx.within(
      PROMPT_MS,
      settle(operation),
      what,
      "exact",
    );
    // An upload has stored its object by then.
    if (outcome.status === "fulfilled") return await transfer.expectDone();
    expectNoEarlierFailure(ctx, {
      hasHappened: hasCalled,
      what,
      clause: CLAUSE_OF_TRANSFER[transfer.what],
      outcome,
    });
    await expectReason(ctx, operation, controller.signal.reason, what);
    await (transfer.what === "upload"
      ? transfer.expectDone()
      : transfer.expectNothing());
  } finally {
    gate.open();
  }
}

/** Aborts a download that replaces a file: the old file stays. */
export async function abortOverwritingDownload(
  ctx: CaseContext,
): Promise<void> {
  const transfer = await prepareDownload(ctx, BIG, { salt: "over a file" });
  const path = ctx.at("old.bin");
  const old = ctx.bytes(4_099, "old file");
  await writeFile(path, old);
  const start: Transfer["start"] = (options) =>
    ctx.download(transfer.name, path, options);
  await abortHeld(ctx, { what: "download", start }, "over a file", true);
  await turn();
  await expectFile(ctx, path, old, "the old file is as it was", {
    clause: 14,
  });
}

/** Aborts an upload that replaces an object: it is the old one, or the new one, whole. */
export async function abortOverwritingUpload(ctx: CaseContext): Promise<void> {
  const transfer = await prepareUpload(ctx, BIG, { salt: "over an object" });
  const half = Math.ceil(transfer.bytes.length / 2);
  const old = ctx.bytes(half, "old object");
  await ctx.given(transfer.name, old);
  await abortHeld(ctx, transfer, null);
  const size = await ctx.store.getObjectSize(transfer.name);
  const isNew = size === transfer.bytes.length;
  await ctx.expectObject(
    transfer.name,
    isNew ? transfer.bytes : old,
    "the object is the old one, or the new one, whole",
  );
}

/** Aborts a getObjectSize at once: it rejects with the reason, or was too fast. */
export async function abortSize(
  ctx: CaseContext,
  reason: unknown,
): Promise<void> {
  const name = ctx.name();
  const bytes = ctx.bytes(3_001);
  await ctx.given(name, bytes);
  const controller = new AbortController();
  const { signal } = controller;
  const operation = quiet(ctx.store.getObjectSize(name, { signal }));
  controller.abort(reason);
  const what = "getObjectSize that is aborted at once";
  const outcome = await ctx.within(
    PROMPT_MS,
    settle(operation),
    what,
    "exact",
  );
  // It may have been too fast.
  if (outcome.status === "fulfilled") {
    expectEqual(ctx, outcome.value, bytes.length, "the size", { clause: 6 });
  } else {
    await expectReason(ctx, operation, signal.reason, what);
  }
}

/** Aborts a transfer from inside its callback. */
export async function abortInCallback(
  ctx: CaseContext,
  transfer: Transfer,
  when: "first" | "middle" | "last",
): Promise<void> {
  const controller = new AbortController();
  let abortedAt: TraceCall | undefined;
  const trace = traceCalls((call, index) => {
    const isLast = call.bytes === call.total;
    if (when === "middle" && (index === 0 || isLast)) return;
    if (when === "last" && !isLast) return;
    abortedAt ??= call;
    controller.abort(`on the ${when} call`);
  });
  const operation = transfer.start({
    callback: trace.callback,
    signal: controller.signal,
  });
  const what = `${transfer.what} aborted on the ${when} call`;
  const outcome = await ctx.within(25_000, settle(operation), what);
  if (outcome.status === "fulfilled") return await transfer.expectDone();
  expectNoEarlierFailure(ctx, {
    hasHappened: controller.signal.aborted,
    what,
    clause: CLAUSE_OF_TRANSFER[transfer.what],
    outcome,
  });
  await expectReason(ctx, operation, controller.signal.reason, what);
  if (transfer.what === "download") return await transfer.expectNothing();
  const wasLast = abortedAt?.bytes === abortedAt?.total;
  await (wasLast ? transfer.expectDone() : checkWholeOrNone(ctx, transfer));
}

/** Aborts some turns of the microtask queue or the event loop after the last call has begun. */
export async function abortNearTheEnd(
  ctx: CaseContext,
  transfer: Transfer,
  delay: number,
): Promise<void> {
  const controller = new AbortController();
  const abort = () => controller.abort("near the end");
  let hasEnded = false;
  const trace = traceCalls(({ bytes, total }) => {
    if (bytes < total) return;
    hasEnded = true;
    if (delay % 2 === 0) void turn(delay / 2).then(abort);
    else afterMicrotasks(delay * 2, abort);
  });
  const operation = transfer.start({
    callback: trace.callback,
    signal: controller.signal,
  });
  const what = `${transfer.what} aborted near its end`;
  const outcome = await ctx.within(25_000, settle(operation), what);
  if (outcome.status === "fulfilled") return await transfer.expectDone();
  expectNoEarlierFailure(ctx, {
    hasHappened: controller.signal.aborted || hasEnded,
    what,
    clause: CLAUSE_OF_TRANSFER[transfer.what],
    outcome,
  });
  await expectReason(ctx, operation, controller.signal.reason, what);
  if (transfer.what === "upload") return await transfer.expectDone();
  await checkWholeOrNone(ctx, transfer);
}

function afterMicrotasks(count: number, then: () => void): void {
  if (count === 0) then();
  else queueMicrotask(() => afterMicrotasks(count - 1, then));
}

/** Fails the case if a transfer that was aborted has left a part of its work. */
export async function checkWholeOrNone(
  ctx: CaseContext,
  transfer: Transfer,
): Promise<void> {
  const isThere = transfer.what === "download"
    ? await readFile(transfer.path).then(() => true, () => false)
    : await ctx.store.getObjectSize(transfer.name).then(
      () => true,
      () => false,
    );
  if (isThere) return await transfer.expectDone();
  try {
    await transfer.expectNothing();
  } catch (error) {
    // What the service has taken before the abort may take effect only now.
    const late = transfer.what === "download"
      ? "rejected"
      : (await settle(ctx.store.getObjectSize(transfer.name))).status;
    if (late === "rejected") throw error;
    await transfer.expectDone();
  }
}
