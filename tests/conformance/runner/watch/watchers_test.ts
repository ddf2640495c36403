import { assertEquals, assertMatch } from "@std/assert";
import * as fs from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Case, CaseContext } from "../../../../conformance/model/case.ts";
import {
  harnessWith,
  runCases,
  runOne,
  tinyCase,
  tinyHarness,
} from "../../tiny_store.ts";

Deno.test("the residue watcher finds what was not announced in the root", async () => {
  const { status, failure } = await runOne(async (ctx) => {
    await fs.writeFile(ctx.at("announced"), "x");
    await fs.mkdir(join(ctx.root, "made"));
    await fs.writeFile(join(ctx.root, "made", ".part"), "12345");
  });
  assertEquals([status, failure?.clause], ["fail", 14]);
  assertEquals(
    failure?.observed,
    "left behind: /root/made/, /root/made/.part (5 bytes)",
  );
});

Deno.test("the residue watcher finds what lies beside the root", async () => {
  const { failure } = await runOne(async (ctx) => {
    await fs.writeFile(join(dirname(ctx.root), "escaped"), "x");
  });
  assertEquals(failure?.observed, "left behind: /escaped (1 bytes)");
});

Deno.test("the residue watcher accepts what was announced, with its parents, and what is allowed", async () => {
  const { status } = await runOne(async (ctx) => {
    ctx.allowResidue((path) => path.endsWith(".tmp"));
    await fs.mkdir(dirname(ctx.at("a", "b", "c")), { recursive: true });
    await fs.writeFile(ctx.at("a", "b", "c"), "x");
    await fs.writeFile(join(ctx.root, "left.tmp"), "x");
    await fs.mkdir(ctx.at("slash/"));
  });
  assertEquals(status, "pass");
});

Deno.test("the residue watcher waits until the store's operations have settled", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  let path = "";
  const harness = harnessWith({
    async getObjectSize() {
      await fs.writeFile(path, "x");
      await promise;
      await fs.rm(path);
      return 1;
    },
  });
  const { status } = await runOne((ctx) => {
    path = join(ctx.root, "temporary");
    ctx.store.getObjectSize("x");
    setTimeout(resolve, 50);
    return Promise.resolve();
  }, harness);
  assertEquals(status, "pass");
});

Deno.test("the residue watcher adds to a failure of the case", async () => {
  const { failure } = await runOne(async (ctx) => {
    await fs.writeFile(join(ctx.root, "left"), "x");
    throw ctx.fail({ expected: "a", observed: "b" });
  });
  assertEquals(failure?.expected, "a");
  assertMatch(
    failure?.evidence.map(({ lines }) => lines.join()).join() ?? "",
    /left behind: \/root\/left/,
  );
});

Deno.test("an unhandled rejection fails the case that was alone, and the run goes on", async () => {
  const results = await runCases(
    [
      tinyCase({ id: "A-1", run: loseRejection }),
      tinyCase({ id: "A-2" }),
    ],
    tinyHarness(),
    { jobs: 1 },
  );
  const { status, failure } = results.get("A-1") ?? {};
  assertEquals([status, failure?.clause], ["fail", 23]);
  assertMatch(failure?.observed ?? "", /Error: lost/);
  assertEquals(results.get("A-2")?.status, "pass");
});

Deno.test("an uncaught exception is told like an unhandled rejection", async () => {
  const { status, failure } = await runOne(async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    setTimeout(() => {
      resolve();
      throw new Error("from a timer");
    }, 0);
    await promise;
  });
  assertEquals(status, "fail");
  assertMatch(failure?.observed ?? "", /from a timer/);
});

Deno.test("an unhandled rejection fails only the case in which it is, also beside others", async () => {
  const cases = makePair(loseRejection);
  const results = await runCases(cases, tinyHarness(), { jobs: 2 });
  assertEquals(
    ["A-1", "A-2"].map((id) => results.get(id)?.status),
    ["fail", "pass"],
  );
});

Deno.test("an uncaught exception during several cases fails them all without ERR-10", async () => {
  const cases = makePair(throwInTimer);
  const results = await runCases(cases, tinyHarness(), { jobs: 2 });
  assertEquals(
    ["A-1", "A-2"].map((id) => results.get(id)?.status),
    ["fail", "fail"],
  );
});

Deno.test("an uncaught exception during several cases is left to ERR-10", async () => {
  let seen: CaseContext["unhandled"] = [];
  const judge = tinyCase({
    id: "ERR-10",
    judgesRun: "rejections",
    exclusive: true,
    run(ctx) {
      seen = [...ctx.unhandled];
      return Promise.resolve();
    },
  });
  const cases = [judge, ...makePair(throwInTimer)];
  const results = await runCases(cases, tinyHarness(), { jobs: 2 });
  assertEquals(
    [...results.values()].map(({ status }) => status),
    ["pass", "pass", "pass"],
  );
  assertEquals(seen.map(({ during }) => [...during].sort()), [["A-1", "A-2"]]);
  assertEquals((seen[0]?.error as Error).message, "lost");
});

Deno.test("an unhandled rejection of another run in the same process is not told", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const [one, two] = await Promise.all([
    runOne(async () => {
      await loseRejection();
      await new Promise((resolve) => setTimeout(resolve, 0));
      resolve();
    }),
    runOne(() => promise),
  ]);
  assertEquals([one?.status, two?.status], ["fail", "pass"]);
});

Deno.test("a helper of the context that nobody awaits is no unhandled rejection", async () => {
  const { status } = await runOne((ctx) => {
    ctx.fetch("missing");
    ctx.expectObject("missing", new Uint8Array(), "x");
    ctx.within(1, new Promise(() => {}), "x");
    return Promise.resolve();
  });
  assertEquals(status, "pass");
});

Deno.test("a changed global fails the exclusive case in which it changed", async () => {
  const original = globalThis.fetch;
  let changed: string[] = [];
  const results = await runCases([
    tinyCase({
      id: "A-1",
      exclusive: true,
      run() {
        globalThis.fetch = () => Promise.reject();
        Deno.env.set("STOREKIT_TEST", "1");
        return Promise.resolve();
      },
    }),
    tinyCase({ id: "A-2", exclusive: true }),
    tinyCase({
      id: "ISO-3",
      judgesRun: "globals",
      exclusive: true,
      run(ctx) {
        changed = ctx.globalsChanged();
        return Promise.resolve();
      },
    }),
  ]);
  globalThis.fetch = original;
  Deno.env.delete("STOREKIT_TEST");
  assertEquals(results.get("A-1")?.failure?.clause, 29);
  assertEquals(results.get("A-2")?.status, "pass");
  assertEquals(changed, [
    "the global fetch was another function and is another function",
    'the environment variable STOREKIT_TEST was not there and is "1"',
  ]);
});

Deno.test("a correct store changes no global", async () => {
  const results = await runCases([
    tinyCase({
      id: "ISO-3",
      judgesRun: "globals",
      exclusive: true,
      async run(ctx) {
        await ctx.given("a", ctx.bytes(10));
        await ctx.fetch("a");
        assertEquals(ctx.globalsChanged(), []);
      },
    }),
  ]);
  assertEquals(results.get("ISO-3")?.status, "pass");
});

function loseRejection(): Promise<void> {
  Promise.reject(new Error("lost"));
  return Promise.resolve();
}

function throwInTimer(): Promise<void> {
  return new Promise((resolve) =>
    setTimeout(() => {
      resolve();
      throw new Error("lost");
    }, 0)
  );
}

/** Two cases that run side by side while one of them does `what`. */
function makePair(what: () => Promise<void>): Case[] {
  const both = Promise.withResolvers<void>();
  const done = Promise.withResolvers<void>();
  return [
    tinyCase({
      id: "A-1",
      async run() {
        await both.promise;
        await what();
        await new Promise((resolve) => setTimeout(resolve, 0));
        done.resolve();
      },
    }),
    tinyCase({
      id: "A-2",
      async run() {
        both.resolve();
        await done.promise;
      },
    }),
  ];
}
