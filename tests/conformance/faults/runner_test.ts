import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  type Case,
  type CaseContext,
  type CaseResult,
  type Harness,
  type Need,
  runConformance,
  type RunOptions,
} from "../../../conformance/mod.ts";
import httpHarness from "../../proof/reference/http_harness.ts";
import { TOKEN } from "../../proof/reference/http_server.ts";
import { TinyStore } from "../tiny_store.ts";

Deno.test("a fault that never fired makes the case an error", async () => {
  const result = await runOne(async (ctx) => {
    await using _faults = ctx.wire!.inject(
      { action: { kind: "status", status: 503 }, match: { method: "PATCH" } },
      { action: { kind: "cut", afterBytes: 0 }, optional: true },
    );
    await ctx.given(ctx.name(), ctx.bytes(3));
  });
  assertEquals(result.status, "error");
  assertEquals(
    result.reason,
    "a fault never fired: status (status 503) for PATCH (0 requests have fitted)",
  );
});

Deno.test("a fault that has fired before it was stopped counts", async () => {
  const result = await runOne(async (ctx) => {
    const name = ctx.name();
    await ctx.given(name, ctx.bytes(3));
    const faults = ctx.wire!.inject({
      action: { kind: "status", status: 503 },
      match: { count: 1 },
    });
    await ctx.store.getObjectSize(name).catch(() => {});
    await faults.stop();
    assertEquals(faults.fired, [1]);
    await ctx.expectObject(name, ctx.bytes(3), "afterwards");
  });
  assertEquals([result.status, result.reason], ["pass", undefined]);
});

Deno.test("a fault that throws makes the case an error", async () => {
  const result = await runOne(async (ctx) => {
    ctx.wire!.inject({
      action: {
        kind: "run",
        run() {
          throw new Error("of the case");
        },
      },
    });
    await ctx.store.getObjectSize(ctx.name()).catch(() => {});
  });
  assertEquals(result.status, "error");
  assertStringIncludes(result.reason ?? "", "a fault failed: Error: of the");
});

Deno.test("a failure shows the requests on the wire, without secrets", async () => {
  const result = await runOne(async (ctx) => {
    await ctx.given(ctx.name("shown"), ctx.bytes(3));
    throw ctx.fail({ expected: "something", observed: "something else" });
  });
  assertEquals(result.status, "fail");
  const evidence = result.failure?.evidence ?? [];
  const wire = evidence.find(({ title }) => title === "requests on the wire");
  assertEquals(wire?.lines.length, 1);
  assert(/^#1 PUT .*shown.* → 200, 3 bytes up, 0 down$/.test(wire!.lines[0]!));
  assertEquals(JSON.stringify(result).includes(TOKEN), false);
});

Deno.test("stalled operations are let go when the case ends", async () => {
  const result = await runOne(async (ctx) => {
    const faults = ctx.wire!.inject({
      action: { kind: "stall", at: "before-head" },
    });
    ctx.store.getObjectSize(ctx.name()).catch(() => {});
    await faults.reached;
  });
  assertEquals([result.status, result.reason], ["pass", undefined]);
});

Deno.test("ctx.endpoint is the proxy for every store of the case, also in a process of its own", async () => {
  const result = await runOne(async (ctx) => {
    const wire = ctx.wire!;
    assertEquals(ctx.place.endpoint, wire.url);
    assertEquals(ctx.placeOf({ segment: "x" }).endpoint, wire.url);
    for (const member of ["openMissingBucket", "openForbidden"] as const) {
      const meter = wire.meter();
      const special = await ctx.openSpecial(member);
      await special.getObjectSize("x").catch(() => {});
      assert(meter.exchanges.length > 0);
    }
    const meter = wire.meter();
    const child = await ctx.child();
    assertEquals((await child.ended).code, 0);
    assertEquals(meter.exchanges.map(({ status }) => status)[0], 404);
  }, { casesModule: import.meta.resolve("./runner_cases.ts") });
  assertEquals([result.status, result.reason], ["pass", undefined]);
});

Deno.test("ctx.openAt() opens the store at another URL", async () => {
  const result = await runOne(async (ctx) => {
    const store = await ctx.openAt("http://127.0.0.1:1");
    const meter = ctx.wire!.meter();
    await store.getObjectSize("x").then(
      () => assert(false),
      (error) => assertEquals(error.code, "TRANSIENT"),
    );
    assertEquals(meter.exchanges, []);
  });
  assertEquals([result.status, result.reason], ["pass", undefined]);
  const { openAt: _, ...rest } = httpHarness;
  const without = await runOne(
    (ctx) => ctx.openAt("http://127.0.0.1:1").then(() => {}),
    { harness: rest },
  );
  assertEquals(without.status, "unverified");
  assertEquals(without.reason, "the harness gives no 'openAt'");
});

Deno.test("without 'upstream' there is no wire, and what needs one is unverified", async () => {
  const harness: Harness = { name: "tiny", open: (ctx) => new TinyStore(ctx) };
  const wires: unknown[] = [];
  const check = (ctx: CaseContext) => {
    wires.push(ctx.wire, ctx.place.endpoint);
    return Promise.resolve();
  };
  assertEquals((await runOne(check, { harness })).status, "pass");
  assertEquals(wires, [undefined, undefined]);
  for (const need of ["upstream", "dialect", "openAt"] as const) {
    const result = await runOne(check, { harness, needs: [need] });
    assertEquals(result.status, "unverified");
    assertEquals(result.reason, `the harness gives no '${need}'`);
  }
});

Deno.test("an 'upstream' that is no use makes the case an error that says why", async () => {
  const closed = findClosedPort();
  const reasons: [NonNullable<Harness["upstream"]>, RegExp][] = [
    [
      closed,
      /'upstream' is no use: .*Cannot open proxy as .* cannot be reached/,
    ],
    [
      () => Promise.reject(new Error("no server")),
      /upstream\(\) threw .*no server/,
    ],
    [() => "nothing", /must be an http: or https: URL/],
  ];
  for (const [upstream, reason] of reasons) {
    const result = await runOne(() => Promise.resolve(), {
      harness: { name: "tiny", open: (ctx) => new TinyStore(ctx), upstream },
    });
    assertEquals(result.status, "error");
    assert(reason.test(result.reason ?? ""), result.reason);
  }
});

Deno.test("upstream() is called once in a run, with the run's prefix", async () => {
  const prefixes: string[] = [];
  const harness: Harness = {
    ...httpHarness,
    upstream(prefix) {
      prefixes.push(prefix);
      return (httpHarness.upstream as (prefix: string) => Promise<string>)(
        prefix,
      );
    },
  };
  const cases = [1, 2, 3].map((number): Case => ({
    ...DRAFT,
    id: `TST-${number}`,
    run: (ctx) => ctx.given(ctx.name(), ctx.bytes(1)),
  }));
  const results = await Array.fromAsync(runConformance(harness, { cases }));
  assertEquals(results.map(({ status }) => status), ["pass", "pass", "pass"]);
  assertEquals(prefixes.length, 1);
  assert(prefixes[0]?.startsWith("conformance-"));
});

const DRAFT = {
  clauses: [25],
  level: "must",
  title: "a test",
  explain: "a test",
} as const;

interface TestOptions extends Pick<RunOptions, "casesModule"> {
  /** @default The reference store over HTTP. */
  readonly harness?: Harness;
  readonly needs?: readonly Need[];
}

/** Runs one case. */
async function runOne(
  check: (ctx: CaseContext) => Promise<void>,
  { harness = httpHarness, needs = [], ...options }: TestOptions = {},
): Promise<CaseResult> {
  const c: Case = { ...DRAFT, id: "TST-1", run: check, needs };
  const run = runConformance(harness, { ...options, cases: [c] });
  const [result] = await Array.fromAsync(run);
  return result!;
}

/** A URL where nobody listens. */
function findClosedPort(): string {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return `http://127.0.0.1:${port}`;
}
