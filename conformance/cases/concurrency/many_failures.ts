import { writeFile } from "node:fs/promises";
import { join } from "@std/path/join";
import type { Case, CaseContext } from "../../model/case.ts";
import { mapConcurrently } from "../../checks/map_concurrently.ts";
import { settle } from "../../checks/expect.ts";
import { prepareTransfers, quiet } from "../shared/transfers.ts";

/** More than the connections, slots and handles of most pools. */
const TIMES = 120;
const AT_ONCE = 8;

/** A way in which an operation fails. */
interface Failing {
  /** In a few words. */
  readonly what: string;
  /** Begins it. */
  start(index: number): Promise<unknown>;
}

/** The part of group CON about failures that add up. */
export const conManyFailureCases: readonly Case[] = [{
  id: "CON-10",
  clauses: [26],
  level: "must",
  timeoutMs: 180_000,
  title: "after 120 failures of one kind the same store works",
  explain:
    "Sizes and downloads of missing objects, uploads of missing sources, downloads onto existing files, callbacks that throw, and aborts before, in and after the first step: each 120 times on one store, then a transfer each way and a size. If the store hangs then, look for a slot, a lock, a connection or a body that is given back on success alone.",
  async run(ctx) {
    const name = ctx.name("kept");
    const bytes = ctx.bytes(3_001);
    await ctx.given(name, bytes);
    const existing = ctx.at("existing");
    await writeFile(existing, "existing");
    for (const { what, start } of waysToFail(ctx, name, existing)) {
      const all = Array.from({ length: TIMES }, (_, index) => index);
      // Whether, and with what, each fails is for other cases; only that it ends counts here.
      const run = (index: number) =>
        settle(ctx.within(20_000, settle(quiet(start(index))), what));
      for await (const ended of mapConcurrently(all, run, AT_ONCE)) {
        if (ended.status === "rejected") throw ended.reason;
      }
      await expectWorking(ctx, name, `after ${TIMES} times ${what}`);
    }
  },
}];

function waysToFail(
  ctx: CaseContext,
  name: string,
  existing: string,
): Failing[] {
  const { store } = ctx;
  const missing = ctx.name("missing");
  // What is written all the same is for other cases.
  const unwanted = (index: number) => join(ctx.scratch, `unwanted-${index}`);
  const noSource = join(ctx.scratch, "no such source");
  const source = ctx.source(ctx.bytes(2_003, "source"));
  const failed = ctx.name("failed");
  const callback = () => {
    throw new Error("thrown by the callback");
  };
  const abortNow = (run: (signal: AbortSignal) => Promise<unknown>) => {
    const controller = new AbortController();
    const promise = run(controller.signal);
    controller.abort("aborted");
    return promise;
  };
  return [{
    what: "the size of a missing object",
    start: () => store.getObjectSize(missing),
  }, {
    what: "the download of a missing object",
    start: (index) => store.downloadObject(missing, unwanted(index)),
  }, {
    what: "the upload of a missing source",
    start: () => store.uploadObject(failed, noSource),
  }, {
    what: "a download onto an existing file",
    start: () => store.downloadObject(name, existing),
  }, {
    what: "a download whose callback throws",
    start: (index) => store.downloadObject(name, unwanted(index), { callback }),
  }, {
    what: "an upload whose callback throws",
    start: async () =>
      await store.uploadObject(failed, await source, { callback }),
  }, {
    what: "a size that is aborted",
    start: () => abortNow((signal) => store.getObjectSize(name, { signal })),
  }, {
    what: "a download that is aborted",
    start: (index) =>
      abortNow((signal) =>
        store.downloadObject(name, unwanted(index), { signal })
      ),
  }, {
    what: "an upload that is aborted",
    start: async () => {
      const path = await source;
      return await abortNow((signal) =>
        store.uploadObject(failed, path, { signal })
      );
    },
  }];
}

async function expectWorking(
  ctx: CaseContext,
  name: string,
  when: string,
): Promise<void> {
  const asked = quiet(ctx.store.getObjectSize(name));
  await ctx.within(20_000, asked, `a size ${when}`);
  for (const transfer of await prepareTransfers(ctx, 4_001, { salt: when })) {
    await ctx.within(20_000, transfer.start(), `${transfer.what} ${when}`);
    await transfer.expectDone();
  }
}
