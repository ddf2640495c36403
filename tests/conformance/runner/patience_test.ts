import { assert, assertEquals, assertMatch } from "@std/assert";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { DownloadOptions } from "../../../src/object_store.ts";
import type { CaseContext } from "../../../conformance/model/case.ts";
import type { StorePace } from "../../../conformance/model/pace.ts";
import { traceCalls } from "../../../conformance/checks/trace.ts";
import { Patience } from "../../../conformance/runner/patience.ts";
import { harnessWith, runOne } from "../tiny_store.ts";

/** Much less than what the operations below take. */
const QUICK = { caseTimeoutMs: 200 };
const STEP_MS = 50;
const STEPS = 20;

Deno.test("runConformance() goes on with a case as long as a file grows", async () => {
  const harness = harnessWith({
    async downloadObject(_name: string, path: string) {
      for (let i = 0; i < STEPS; i++) {
        await fs.appendFile(path, "x");
        await setTimeout(STEP_MS);
      }
    },
  });
  const { status } = await runOne(
    (ctx) => ctx.download("a", join(ctx.scratch, "grows")),
    harness,
    QUICK,
  );
  assertEquals(status, "pass");
});

Deno.test("runConformance() goes on with a case as long as a callback is called", async () => {
  const harness = harnessWith({ downloadObject: callSlowly });
  const { status } = await runOne(
    (ctx) => {
      const { callback } = traceCalls();
      return ctx.download("a", join(ctx.scratch, "called"), { callback });
    },
    harness,
    QUICK,
  );
  assertEquals(status, "pass");
});

Deno.test("runConformance() goes on with a case in which calls and a file move in turn", async () => {
  const harness = harnessWith({
    async downloadObject(
      _name: string,
      path: string,
      { callback }: DownloadOptions,
    ) {
      for (let i = 1; i <= STEPS; i++) {
        if (i % 10 < 5) await callback?.(i, STEPS);
        else await fs.appendFile(path, "x");
        await setTimeout(STEP_MS);
      }
    },
  });
  const { status } = await runOne(
    (ctx) => {
      const { callback } = traceCalls();
      return ctx.download("a", join(ctx.scratch, "turns"), { callback });
    },
    harness,
    QUICK,
  );
  assertEquals(status, "pass");
});

Deno.test("runConformance() goes on with a case as long as its operations end", async () => {
  const harness = harnessWith({ getObjectSize: () => setTimeout(STEP_MS, 1) });
  const { status } = await runOne(
    async ({ store }) => {
      for (let i = 0; i < STEPS; i++) await store.getObjectSize("a");
    },
    harness,
    QUICK,
  );
  assertEquals(status, "pass");
});

Deno.test("runConformance() gives up a case that moves for ever, and does not call that a failure", async () => {
  let isOver = false;
  const harness = harnessWith({
    async downloadObject(_: string, __: string, options: DownloadOptions) {
      while (!isOver) {
        await options.callback?.(1, 2);
        await setTimeout(STEP_MS);
      }
    },
  });
  const { status, reason } = await runOne(
    async (ctx) => {
      const { callback } = traceCalls();
      const path = join(ctx.scratch, "never");
      const download = ctx.download("a", path, { callback });
      await ctx.within(100, download, "the download");
    },
    harness,
    QUICK,
  );
  isOver = true;
  await setTimeout(2 * STEP_MS);
  assertEquals(status, "error");
  assertMatch(reason ?? "", /too slow to be judged here.*raise '--timeout'/);
});

for (
  const [method, run] of [
    ["getObjectSize", ({ store }) => store.getObjectSize("a")],
    ["uploadObject", (ctx) => ctx.upload("a", ctx.bytes(9))],
    ["downloadObject", (ctx) => ctx.download("a", join(ctx.scratch, "d"))],
    ["close", ({ store }) => store.close()],
  ] satisfies [string, (ctx: CaseContext) => Promise<unknown>][]
) {
  Deno.test(`runConformance() fails a case in which ${method}() hangs`, async () => {
    const harness = harnessWith({ [method]: () => new Promise(() => {}) });
    const { status, failure } = await runOne(
      async (ctx) => void await run(ctx),
      harness,
      QUICK,
    );
    assertEquals(status, "fail");
    assertMatch(failure?.observed ?? "", /no byte, file or call has moved/);
    assertEquals(failure?.clause, method === "close" ? 28 : 27);
  });
}

Deno.test("a time that the contract names is not longer because something moves", async () => {
  const harness = harnessWith({ downloadObject: callSlowly });
  const { status, failure } = await runOne(
    async (ctx) => {
      const { callback } = traceCalls();
      const path = join(ctx.scratch, "late");
      const download = ctx.download("a", path, { callback });
      await ctx.within(100, download, "the download", "exact");
    },
    harness,
    { caseTimeoutMs: 10_000 },
  );
  assertEquals(status, "fail");
  assertEquals(failure?.expected, "the download within 100 ms");
});

Deno.test("Patience gives a slow store the time that its largest object takes, and some more", () => {
  const pace: StorePace = {
    requestMs: 300,
    uploadRate: 1_000_000,
    downloadRate: 2_000_000,
    load: 1,
  };
  const parts = { passed: () => 0, directory: "" };
  const patience = new Patience(30_000, parts, pace);
  const small = patience.scale(1_000);
  patience.expectBytes(5_000_000);
  assert(patience.scale(1_000) >= small + 5_000);
  assertEquals(new Patience(30_000, parts).scale(1_000), 1_000);
});

async function callSlowly(
  _name: string,
  _path: string,
  { callback }: DownloadOptions,
): Promise<void> {
  for (let i = 1; i <= STEPS; i++) {
    await callback?.(i, STEPS);
    await setTimeout(STEP_MS);
  }
}
