import { join } from "@std/path/join";
import type { ListableObjectStore } from "../../../src/object_store.ts";
import type { Case, CaseContext } from "../../model/case.ts";
import { expect, expectEqual, settle } from "../../checks/expect.ts";
import { PROMPT_MS } from "../shared/abort_silent.ts";
import { checkWholeOrNone } from "./steps.ts";
import { countListeners } from "../shared/count_listeners.ts";
import {
  BIG,
  makeGate,
  prepareTransfers,
  quiet,
  type Transfer,
  turn,
  waitUntil,
} from "../shared/transfers.ts";

/** The part of group ABT about one signal for many operations. */
export const abtSharedCases: readonly Case[] = [{
  id: "ABT-6",
  inProcess: true,
  clauses: [21],
  level: "must",
  exclusive: true,
  title: "no listener is left on a long-lived signal",
  explain:
    "One signal may outlive a million operations. Check that each listener is taken off when its operation settles, whatever it fails with: a missing object or source, an existing file, a name that is refused, a closed store; also after empty objects, and when a listing is left early.",
  timeoutMs: 60_000,
  async run(ctx) {
    const { signal } = new AbortController();
    const listeners = countListeners(signal);
    const name = ctx.name();
    await ctx.given(name, ctx.bytes(1_003));
    const source = await ctx.source(ctx.bytes(777, "source"));
    const callback = () => {
      throw new Error("thrown by the callback");
    };
    // Where a callback is not called, there is a file, and other cases say so.
    const missing = ctx.at("many", "none");
    for (let i = 0; i < 20; i++) {
      const { store } = ctx;
      await store.getObjectSize(name, { signal });
      await store.uploadObject(ctx.name("up"), source, { signal });
      const path = ctx.at("many", `${i}`);
      await store.downloadObject(name, path, { signal });
      await settle(store.downloadObject(ctx.name(), missing, { signal }));
      await settle(
        store.downloadObject(name, missing, { signal, callback }),
      );
      if (!ctx.has("list")) continue;
      const listing = store as ListableObjectStore;
      await Array.fromAsync(listing.listObjects("", { signal }));
    }
    // What has no bytes ends early in many stores.
    const [empty, nothing] = [
      ctx.name("empty"),
      await ctx.source(ctx.bytes(0)),
    ];
    await ctx.store.uploadObject(empty, nothing, { signal });
    await ctx.store.getObjectSize(empty, { signal });
    await ctx.store.downloadObject(empty, ctx.at("empty"), { signal });
    for (const failing of otherFailures(ctx, { name, signal })) {
      await settle(quiet(failing()));
    }
    // What takes itself off a little later leaves nothing either.
    for (let i = 0; i < 100 && listeners.count() > 0; i++) await turn(2);
    expectEqual(ctx, listeners.count(), 0, "the number of listeners left", {
      hint:
        "after 100 operations, 40 of which have failed, and a failure of each further kind",
    });
  },
}, {
  id: "ABT-7",
  clauses: [21, 29],
  level: "must",
  title: "a shared signal aborts its operations, and no other",
  explain:
    "Check for one controller inside the store that all operations share, and for operations that wait for each other.",
  async run(ctx) {
    const [up, down] = await prepareTransfers(ctx, BIG, { salt: "aborted" });
    const [upToo, downToo] = await prepareTransfers(ctx, BIG, { salt: "kept" });
    const shared = new AbortController();
    const other = new AbortController();
    const gate = makeGate();
    const held = new Set<Transfer>();
    const [first, second, third, fourth] = [up, down, upToo, downToo].map(
      (transfer, i) =>
        transfer.start({
          callback(bytes, total) {
            if (bytes === total) return;
            held.add(transfer);
            return gate.pass();
          },
          signal: i < 2 ? shared.signal : other.signal,
        }),
    ) as [Promise<void>, Promise<void>, Promise<void>, Promise<void>];
    // A store that takes one after the other, or reports only the end, gets no further.
    await waitUntil(() => held.size === 4, 2_000);
    shared.abort(new Error("shared"));
    const outcomes = await ctx.within(
      PROMPT_MS,
      Promise.all([settle(first), settle(second)]),
      "both operations with the aborted signal",
      "exact",
    );
    gate.open();
    for (const [i, outcome] of outcomes.entries()) {
      const transfer = i === 0 ? up : down;
      if (outcome.status === "rejected") {
        expect(ctx, outcome.reason === shared.signal.reason, {
          expected: `${transfer.what} rejects with the shared signal's reason`,
          observed: `it rejected with ${outcome.reason}`,
        });
      }
      await checkWholeOrNone(ctx, transfer);
    }
    await ctx.within(25_000, Promise.all([third, fourth]), "the other two");
    await upToo.expectDone();
    await downToo.expectDone();
  },
}];

/** Operations that fail, each in another way or by another method. */
function otherFailures(
  ctx: CaseContext,
  { name, signal }: { name: string; signal: AbortSignal },
): (() => Promise<unknown>)[] {
  const { store } = ctx;
  const existing = ctx.at("existing");
  const missing = ctx.name("missing");
  const callback = () => {
    throw new Error("thrown by the callback");
  };
  return [
    () => store.getObjectSize(missing, { signal }),
    () => store.getObjectSize("", { signal }),
    () => store.downloadObject(name, existing, { signal }),
    // The first one has made it.
    () => store.downloadObject(name, existing, { signal }),
    () => store.uploadObject(missing, join(ctx.scratch, "none"), { signal }),
    async () => {
      const source = await ctx.source(ctx.bytes(778, "other source"));
      await store.uploadObject(missing, source, { signal, callback });
    },
    async () => {
      if (!ctx.has("list")) return;
      const listing = (store as ListableObjectStore).listObjects("", {
        signal,
      });
      for await (const _ of listing) break;
    },
    async () => {
      const closed = await ctx.open({ segment: "closed" });
      await closed.close();
      await closed.getObjectSize(name, { signal });
    },
  ];
}
