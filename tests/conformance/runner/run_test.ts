import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import type { Case, CaseContext } from "../../../conformance/model/case.ts";
import type { Oracle } from "../../../conformance/model/harness.ts";
import { runConformance } from "../../../conformance/runner/run.ts";
import { memoryHarness } from "../../proof/reference/memory_harness.ts";
import {
  harnessWith,
  hasPlace,
  runCases,
  runOne,
  tinyCase,
  tinyHarness,
} from "../tiny_store.ts";

Deno.test("runConformance() passes a case that throws nothing", async () => {
  const result = await runOne(async (ctx) => {
    const bytes = ctx.bytes(1000);
    await ctx.given("a", bytes);
    await ctx.expectObject("a", bytes, "after the upload");
    await ctx.expectNoObject("b", "never uploaded");
  });
  assertEquals([result.status, result.group], ["pass", "TST"]);
});

Deno.test("runConformance() reports what the case throws with its status", async () => {
  const results = await runCases([
    tinyCase({ id: "A-1", run: (ctx) => reject(ctx.unverified("as root")) }),
    tinyCase({ id: "A-2", run: (ctx) => reject(ctx.skip("declared")) }),
    tinyCase({ id: "A-3", run: (ctx) => reject(ctx.broken("no fault")) }),
    tinyCase({ id: "A-4", run: () => reject(new RangeError("bug")) }),
  ]);
  assertEquals(
    [...results.values()].map(({ status }) => status),
    ["unverified", "skip", "error", "error"],
  );
  assertEquals(results.get("A-1")?.reason, "as root");
  assertMatch(results.get("A-4")?.reason ?? "", /bug.* at /);
});

Deno.test("runConformance() fails a case with its clause and evidence", async () => {
  const evidence = [{ title: "seen", lines: ["this"] }];
  const details = { expected: "a", observed: "b", hint: "c", evidence };
  const { status, failure } = await runOne((ctx) => reject(ctx.fail(details)));
  assertEquals(status, "fail");
  assertEquals(failure, { ...details, clause: 8 });
});

Deno.test("runConformance() fails a case that lets the store's rejection through", async () => {
  const { status, failure } = await runOne(async ({ store }) => {
    await store.getObjectSize("missing");
  });
  assertEquals(status, "fail");
  assertEquals(failure?.expected, 'getObjectSize("missing") succeeds');
});

Deno.test("runConformance() blames the harness when it cannot open", async () => {
  const harness = tinyHarness({
    open: () => {
      throw new Error("no server");
    },
  });
  const { status, reason } = await runOne(() => Promise.resolve(), harness);
  assertEquals(status, "error");
  assertMatch(reason ?? "", /the harness's open\(\) threw Error: no server/);
});

Deno.test("runConformance() fails a case that waits too long for the store, and names the operation", async () => {
  const { promise, resolve } = Promise.withResolvers<number>();
  const harness = harnessWith({ getObjectSize: () => promise });
  const { status, failure } = await runOne(
    async ({ store }) => {
      await store.getObjectSize("slow");
    },
    harness,
    { caseTimeoutMs: 100 },
  );
  resolve(1);
  assertEquals(status, "fail");
  assertMatch(failure?.observed ?? "", /getObjectSize\("slow"\) still pending/);
});

Deno.test("runConformance() blames the suite for a case that waits for nothing of the store", async () => {
  const { status, reason } = await runOne(
    () => new Promise(() => {}),
    tinyHarness(),
    { caseTimeoutMs: 100 },
  );
  assertEquals([status, reason], ["error", "the case took longer than 100 ms"]);
});

Deno.test("runConformance() closes every store, also when close() hangs", async () => {
  let closed = 0;
  const harness = harnessWith({
    close: () => {
      closed++;
      return new Promise(() => {});
    },
  });
  const { status } = await runOne(async (ctx) => {
    await ctx.open({ segment: "further" });
  }, harness);
  assertEquals([status, closed], ["pass", 2]);
});

Deno.test("runConformance() does not close again what the case has closed", async () => {
  let closed = 0;
  const harness = harnessWith({
    close: () => Promise.resolve(void closed++),
  });
  await runOne(async ({ store }) => await store.close(), harness);
  assertEquals(closed, 1);
});

Deno.test("runConformance() gives each case its own prefix, directory and names", async () => {
  const seen: CaseContext[] = [];
  const run = (ctx: CaseContext) => Promise.resolve(void seen.push(ctx));
  await runCases([tinyCase({ id: "A-1", run }), tinyCase({ id: "A-2", run })]);
  const [one, two] = seen as [CaseContext, CaseContext];
  for (
    const [a, b] of [
      [one.place.prefix, two.place.prefix],
      [one.place.directory, two.place.directory],
      [one.root, two.root],
      [one.name(), two.name()],
    ]
  ) {
    assert(a !== b);
  }
  assertEquals(
    two.placeOf({ sibling: "B", segment: "x/y" }).prefix,
    `${two.place.prefix}B/x/y`,
  );
});

Deno.test("runConformance() skips for capabilities and leaves unverified for members", async () => {
  const results = await runCases([
    tinyCase({ id: "A-1", capabilities: ["list"] }),
    tinyCase({ id: "A-2", needs: ["module"] }),
    tinyCase({ id: "A-3", capabilities: ["flat"] }),
    tinyCase({ id: "A-4", explicit: true }),
  ]);
  assertEquals(
    [...results.values()].map(({ id, status, reason }) => [id, status, reason])
      .sort(),
    [
      ["A-1", "skip", "the harness does not declare 'list'"],
      ["A-2", "unverified", "the harness gives no 'module'"],
      ["A-3", "pass", undefined],
      ["A-4", "skip", "runs only when 'only' names it"],
    ],
  );
});

Deno.test("runConformance() tells of a method that the store has and the harness does not declare", async () => {
  const { oracle: _, ...harness } = memoryHarness;
  const skipped: (string | undefined)[] = [];
  const results = runConformance({ ...harness, capabilities: ["flat"] }, {
    cases: [
      tinyCase({ id: "A-1" }),
      tinyCase({ id: "A-2", capabilities: ["read"] }),
      tinyCase({ id: "A-3", capabilities: ["large"] }),
    ],
    jobs: 1,
  });
  for await (const { status, reason } of results) {
    if (status === "skip") skipped.push(reason);
  }
  assertEquals(skipped, [
    "the harness does not declare 'read', although the store has readObject()",
    "the harness does not declare 'large'",
  ]);
});

Deno.test("runConformance() runs an explicit case that is named", async () => {
  const cases = [tinyCase({ id: "A-1", explicit: true })];
  const results = await runCases(cases, tinyHarness(), { only: ["a-1"] });
  assertEquals(results.get("A-1")?.status, "pass");
});

Deno.test("runConformance() runs exclusive cases alone, and those that judge the run last", async () => {
  const order: string[] = [];
  const both = Promise.withResolvers<void>();
  let running = 0;
  function makeCase(
    id: string,
    exclusive: boolean,
    judgesRun?: Case["judgesRun"],
  ) {
    return tinyCase({
      id,
      exclusive,
      ...(judgesRun && { judgesRun }),
      async run() {
        order.push(id);
        if (++running === 2) both.resolve();
        if (exclusive) assertEquals(running, 1);
        else await both.promise;
        running--;
      },
    });
  }
  const results = await runCases(
    [
      makeCase("ISO-3", true, "globals"),
      makeCase("ERR-10", true, "rejections"),
      makeCase("A-1", true),
      makeCase("A-2", false),
      makeCase("A-3", false),
    ],
    tinyHarness(),
    { jobs: 2 },
  );
  assertEquals(order.slice(0, 2).sort(), ["A-2", "A-3"]);
  assertEquals(order.slice(2), ["A-1", "ERR-10", "ISO-3"]);
  assert([...results.values()].every(({ status }) => status === "pass"));
});

Deno.test("runConformance() derives bytes from seed, case and salt", async () => {
  async function readBytes(seed: string): Promise<string[]> {
    const seen: string[] = [];
    const run = (ctx: CaseContext) => {
      seen.push(
        `${ctx.bytes(8)}`,
        `${ctx.bytes(8, 1)}`,
        `${ctx.bytes(8, "x")}`,
      );
      return Promise.resolve();
    };
    const cases = ["A-1", "A-2"].map((id) => tinyCase({ id, run }));
    await runCases(cases, tinyHarness(), { seed, jobs: 1 });
    return seen;
  }
  const [first, again, other] = [
    await readBytes("s"),
    await readBytes("s"),
    await readBytes("t"),
  ];
  assertEquals(first, again);
  assertEquals(new Set([...first, ...other]).size, 12);
});

Deno.test("runConformance() cuts bytes to the largest object", async () => {
  const harness = tinyHarness({ limits: { largestObject: 10 } });
  const { status } = await runOne((ctx) => {
    assertEquals(ctx.bytes(100).length, 10);
    return Promise.resolve();
  }, harness);
  assertEquals(status, "pass");
});

Deno.test("runConformance() marks what the baseline lists", async () => {
  const results = await runCases(
    [
      tinyCase({ id: "A-1", run: ({ fail }) => reject(fail(DETAILS)) }),
      tinyCase({ id: "A-2" }),
      tinyCase({ id: "A-3" }),
    ],
    tinyHarness(),
    {
      baseline: [{ id: "A-1", reason: "#1" }, { id: "A-2", reason: "#2" }],
    },
  );
  assertEquals(
    [...results.values()].map(({ status, reason }) => [status, reason]),
    [["expected-fail", "#1"], ["unexpected-pass", "#2"], ["pass", undefined]],
  );
});

Deno.test("runConformance() removes its directories and calls cleanup() with its prefix", async () => {
  let directory = "";
  let prefix = "";
  let runPrefix = "";
  const { status } = await runOne(
    async (ctx) => {
      directory = ctx.root;
      await ctx.given("a", ctx.bytes(1));
      assert(hasPlace(runPrefix));
      const locked = join(ctx.scratch, "locked");
      await fs.mkdir(locked);
      await fs.writeFile(join(locked, "file"), "");
      await fs.chmod(locked, 0o500);
    },
    tinyHarness(),
    {
      onProgress(event) {
        if (event.type === "begin") runPrefix = prefix = event.prefix;
        if (event.type === "end") assertEquals(event.leftovers, []);
      },
    },
  );
  assertEquals(status, "pass");
  assert(!hasPlace(prefix));
  assertEquals(await fs.stat(directory).catch(() => "gone"), "gone");
});

Deno.test("runConformance() lists what may be left where there is no cleanup()", async () => {
  const { cleanup, ...harness } = tinyHarness();
  let leftovers: readonly string[] = [];
  let places: readonly unknown[] = [];
  let prefix = "";
  await runOne(
    async (ctx) => {
      prefix = ctx.place.prefix;
      await ctx.given("a", ctx.bytes(1));
      await ctx.given("a", ctx.bytes(2));
    },
    harness,
    {
      onProgress(event) {
        if (event.type !== "end") return;
        ({ leftovers, leftoverPlaces: places } = event);
      },
    },
  );
  assertEquals(leftovers, [`${prefix}/a`]);
  assertEquals(places, [{ prefix, objects: 1, bytes: 2 }]);
  await cleanup?.(prefix.split("/")[0] ?? "");
});

for (const works of [true, false]) {
  Deno.test(`runConformance() removes objects by the oracle where there is no cleanup(), and lists them if that ${works ? "works" : "fails"}`, async () => {
    const { cleanup: _, ...harness } = tinyHarness();
    const removed: string[] = [];
    let leftovers: readonly string[] = [];
    const oracle: Oracle = {
      put: () => Promise.resolve(),
      get: () => Promise.resolve(undefined),
      list: () => Promise.resolve([]),
      delete(name) {
        removed.push(name);
        return works ? Promise.resolve() : reject(new Error("denied"));
      },
    };
    const { status } = await runOne(
      async (ctx) => {
        await ctx.given("a", ctx.bytes(1));
        await ctx.given("b", ctx.bytes(2));
      },
      { ...harness, oracle },
      {
        onProgress(event) {
          if (event.type === "end") leftovers = event.leftovers;
        },
      },
    );
    assertEquals(status, "pass");
    assertEquals(removed, works ? ["a", "b"] : ["a"]);
    assertEquals(leftovers.length, works ? 0 : 2);
  });
}

for (
  const [size, ids] of [
    [1, ["SMOKE-1"]],
    [1000, ["TST-1"]],
  ] as const
) {
  Deno.test(`runConformance() gives ${ids} where objects come back with ${size} of 1000 bytes`, async () => {
    const results = await runCases(
      [tinyCase()],
      harnessWith({ getObjectSize: () => Promise.resolve(size) }),
      { smokeCheck: true },
    );
    assertEquals([...results.keys()], [...ids]);
  });
}

Deno.test("runConformance() tells that cleanup() failed", async () => {
  let cleanupError: string | undefined;
  const cleanup = () => reject(new Error("server gone"));
  await runOne(() => Promise.resolve(), tinyHarness({ cleanup }), {
    onProgress(event) {
      if (event.type === "end") cleanupError = event.cleanupError;
    },
  });
  assertMatch(cleanupError ?? "", /^cleanup\(\) failed: Error: server gone/);
});

Deno.test("runConformance() cleans up and rejects with the reason when it is aborted", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  let prefix = "";
  let directory = "";
  const caught = await runOne(
    async (ctx) => {
      directory = ctx.root;
      await ctx.given("a", ctx.bytes(1));
      controller.abort(reason);
      await new Promise(() => {});
    },
    tinyHarness(),
    {
      signal: controller.signal,
      onProgress(event) {
        if (event.type === "begin") prefix = event.prefix;
      },
    },
  ).catch((error) => error);
  assertEquals(caught, reason);
  assert(prefix !== "" && !hasPlace(prefix));
  assertEquals(await fs.stat(directory).catch(() => "gone"), "gone");
});

Deno.test("runConformance() cleans up when the caller stops iterating", async () => {
  let prefix = "";
  const cases = ["A-1", "A-2", "A-3"].map((id) =>
    tinyCase({ id, run: (ctx) => ctx.given("a", ctx.bytes(1)) })
  );
  const onProgress = (event: { type: string; prefix?: string }) => {
    prefix = event.prefix ?? prefix;
  };
  for await (
    const _ of runConformance(tinyHarness(), { cases, onProgress, jobs: 2 })
  ) break;
  assert(prefix !== "" && !hasPlace(prefix));
});

Deno.test("runConformance() throws at once for options that are not right", () => {
  const cases = [tinyCase()];
  for (
    const [options, message] of [
      [{ seed: "ä" }, /'seed' must be 1 to 32 letters/],
      [{ jobs: 0 }, /'jobs' must be a positive integer: current value is 0/],
      [{ caseTimeoutMs: 1.5 }, /'caseTimeoutMs' must be a positive integer/],
      [{ only: "TST-1" }, /'only' must be an array of strings/],
      [{ only: ["TST"] }, /'only' matches none: current value is "TST", try/],
      [{ jbos: 1 }, /there is no option 'jbos'/],
      [{ baseline: [{ id: "X-1", reason: "r" }] }, /there is no case "X-1"/],
      [{ baseline: [{ id: "TST-1" }] }, /'reason' of entry 1/],
    ] as const
  ) {
    assertThrows(
      () => runConformance(tinyHarness(), { cases, ...options as object }),
      TypeError,
      undefined,
    );
    try {
      runConformance(tinyHarness(), { cases, ...options as object });
    } catch (error) {
      assertMatch((error as Error).message, message);
    }
  }
});

const DETAILS = { expected: "a", observed: "b" };

function reject(error: Error): Promise<never> {
  return Promise.reject(error);
}
