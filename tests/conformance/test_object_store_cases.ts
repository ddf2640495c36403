import type { CaseContext } from "../../conformance/model/case.ts";
import { testObjectStore } from "../../conformance/test_object_store.ts";
import { tinyCase, tinyHarness } from "./tiny_store.ts";

const failing = { expected: "x", observed: "y" };

/** Registers the tests that `test_object_store_test.ts` looks at. */
export function register(): void {
  const { cleanup: _, ...harness } = tinyHarness();
  testObjectStore(harness, {
    seed: "abc",
    baseline: [{ id: "BASE-1", reason: "issue 7" }],
    cases: [
      tinyCase({
        id: "ERR-10",
        judgesRun: "rejections",
        exclusive: true,
        run(ctx) {
          const seen = ctx.errorsSeen.map(({ id }) => id).join();
          return reject(ctx.unverified(`errors seen in: ${seen}`));
        },
      }),
      tinyCase({
        id: "PASS-1",
        title: "keeps bytes",
        clauses: [8, 10],
        async run(ctx) {
          await ctx.given("a", ctx.bytes(3));
          await ctx.expectNoObject("b", "fresh");
        },
      }),
      tinyCase({ id: "SKIP-1", capabilities: ["list"] }),
      tinyCase({ id: "LATE-1", run: (ctx) => reject(ctx.unverified("root")) }),
      tinyCase({ id: "FAIL-1", run: (ctx) => reject(ctx.fail(failing)) }),
      tinyCase({ id: "BASE-1", run: (ctx) => reject(ctx.fail(failing)) }),
      tinyCase({
        id: "SHOULD-1",
        level: "should",
        run: (ctx: CaseContext) => reject(ctx.fail(failing)),
      }),
      tinyCase({ id: "ERROR-1", run: (ctx) => reject(ctx.broken("fault")) }),
    ],
  });
}

function reject(error: Error): Promise<never> {
  return Promise.reject(error);
}
