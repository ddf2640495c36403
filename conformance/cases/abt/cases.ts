import { join } from "@std/path/join";
import type { Case, CaseContext } from "../../model/case.ts";
import { isTransientError } from "../../checks/error_chain.ts";
import { expect, expectEqual, expectReason } from "../../checks/expect.ts";
import { expectUntouched, snapshot } from "../../checks/snapshot.ts";
import { expectTrace, traceCalls } from "../../checks/trace.ts";
import { abtAfterwardsCases } from "./afterwards.ts";
import { abtOverwriteCases } from "./overwrite.ts";
import { abtSharedCases } from "./shared.ts";
import {
  abortHeld,
  abortHeldAtTheEnd,
  abortInCallback,
  abortNearTheEnd,
  abortOverwritingDownload,
  abortOverwritingUpload,
  abortSize,
  checkWholeOrNone,
} from "./steps.ts";
import { inOrder } from "../shared/in_order.ts";
import { BIG, prepareTransfers, quiet, turn } from "../shared/transfers.ts";
import { abortAtRequests, abtWireCases } from "./wire.ts";
import { expectNoRequests } from "../shared/wire.ts";
import type { UploadOptions } from "../../../src/object_store.ts";

const abtOwnCases: readonly Case[] = [{
  id: "ABT-1",
  clauses: [21, 17],
  level: "must",
  title: "a signal that is aborted already means no I/O",
  explain:
    "Each method rejects with the signal's reason itself, before it looks at files or asks the service, and calls no callback. Check a signal that is only listened to: its event has been and gone.",
  async run(ctx) {
    const name = ctx.name();
    const bytes = ctx.bytes(70_003);
    await ctx.given(name, bytes);
    const source = await ctx.source(ctx.bytes(50_001, "new"));
    const before = await snapshot(ctx.root);
    const trace = traceCalls();
    const { callback } = trace;
    for (
      const reason of [new Error("the case's reason"), "text", null, undefined]
    ) {
      const signal = AbortSignal.abort(reason);
      const fresh = ctx.name("fresh");
      const missing = join(ctx.scratch, "no such source");
      const path = join(ctx.root, "directory", "file");
      const options = { signal, callback };
      const names = { name, fresh, source, missing, path, options };
      await expectNoRequests(ctx, "calls with an aborted signal", async () => {
        for (const [what, call] of callsOf(ctx, names)) {
          await expectReason(ctx, quiet(call()), signal.reason, what);
        }
      });
      await ctx.expectNoObject(fresh, "the upload was aborted");
    }
    await turn();
    await ctx.expectObject(name, bytes, "nothing has replaced it");
    await expectUntouched(ctx, ctx.root, before, "aborted downloads");
    expectEqual(ctx, trace.calls.length, 0, "the number of calls");
  },
}, {
  id: "ABT-2",
  clauses: [21, 14, 8],
  level: "must",
  title: "an abort in the middle of the body is prompt and leaves nothing",
  explain:
    "The transfer is held in its callback, then aborted: it rejects with the reason within a second, in the last call as well. The destination is absent, or the old file; the object is absent or the old one, or the whole new one if everything had been sent.",
  async run(ctx) {
    for (const transfer of await prepareTransfers(ctx, BIG, { salt: "new" })) {
      // Any value is a reason.
      const reason = transfer.what === "download" ? 0 : new Error("upload");
      await abortHeld(ctx, transfer, reason);
      await checkWholeOrNone(ctx, transfer);
    }
    for (const transfer of await prepareTransfers(ctx, BIG, { salt: "end" })) {
      await abortHeldAtTheEnd(ctx, transfer);
    }
    await abortOverwritingDownload(ctx);
    await abortOverwritingUpload(ctx);
  },
}, {
  id: "ABT-4",
  clauses: [21],
  level: "must",
  title: "an abort after success does nothing",
  explain:
    "One controller may serve a whole batch. Check clean-up that still listens to the signal when the work is done.",
  async run(ctx) {
    const controller = new AbortController();
    const { signal } = controller;
    const transfers = await prepareTransfers(ctx, 80_005, { salt: 4 });
    const traces = transfers.map(() => traceCalls());
    for (const [i, transfer] of transfers.entries()) {
      const callback = traces[i]?.callback ?? (() => {});
      await transfer.start({ signal, callback });
      await ctx.store.getObjectSize(transfer.name, { signal });
    }
    controller.abort(new Error("aborted after success"));
    await turn(5);
    for (const [i, transfer] of transfers.entries()) {
      await transfer.expectDone();
      const trace = traces[i];
      if (trace) expectTrace(ctx, trace, transfer.bytes.length, transfer.what);
    }
  },
}, {
  id: "ABT-5",
  clauses: [21],
  level: "must",
  title: "an abort is not transient, whatever its reason",
  explain:
    "The reason may be a TimeoutError or carry a network code: it is the caller's decision all the same, and comes back as it is. Check tables of errors that run before the signal is looked at.",
  async run(ctx) {
    const reset = Object.assign(new Error("reset"), { code: "ECONNRESET" });
    const timeout = new DOMException("timed out", "TimeoutError");
    for (const reason of [undefined, timeout, reset, "text"]) {
      const salt = String(reason);
      for (const transfer of await prepareTransfers(ctx, BIG, { salt })) {
        const error = await abortHeld(ctx, transfer, reason);
        expect(ctx, !isTransientError(error), {
          expected: `${transfer.what}: an abort is not transient`,
          observed: "it is",
        });
      }
      await abortSize(ctx, reason);
    }
  },
}, {
  id: "ABT-8",
  clauses: [21, 14],
  level: "must",
  title: "an abort from the callback, or while publishing: all or nothing",
  explain:
    "It may come too late: then the transfer resolves and is complete. Otherwise it rejects with the reason itself. A rejected download leaves no file, unless the abort came at the very moment of publishing: then the file is complete.",
  timeoutMs: 60_000,
  async run(ctx) {
    for (const when of ["first", "middle", "last"] as const) {
      for (const transfer of await prepareTransfers(ctx, BIG, { salt: when })) {
        await abortInCallback(ctx, transfer, when);
      }
    }
    for (let delay = 0; delay < 24; delay++) {
      const setup = { salt: `race ${delay}` };
      for (const transfer of await prepareTransfers(ctx, 30_011, setup)) {
        await abortNearTheEnd(ctx, transfer, delay);
      }
    }
    await abortAtRequests(ctx);
  },
}];

/** Every method, in every way that comes to the local side or to the service. */
function callsOf(
  { store }: CaseContext,
  { name, fresh, source, missing, path, options }: {
    name: string;
    fresh: string;
    source: string;
    missing: string;
    path: string;
    options: UploadOptions & { signal: AbortSignal };
  },
): [string, () => Promise<unknown>][] {
  const { signal } = options;
  return [
    ["size", () => store.getObjectSize(name, { signal })],
    ["size, missing", () => store.getObjectSize(fresh, { signal })],
    ["upload", () => store.uploadObject(fresh, source, options)],
    ["overwrite", () => store.uploadObject(name, source, options)],
    ["no source", () => store.uploadObject(fresh, missing, options)],
    ["download", () => store.downloadObject(name, path, options)],
    ["missing", () => store.downloadObject(fresh, path, options)],
    ["on a file", () => store.downloadObject(name, source, options)],
  ];
}

/** Group ABT: what an abort signal does. */
export const abtCases: readonly Case[] = inOrder(
  abtOwnCases,
  abtSharedCases,
  abtWireCases,
  abtAfterwardsCases,
  abtOverwriteCases,
);
