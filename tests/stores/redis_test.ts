import { assert, assertEquals, assertMatch } from "@std/assert";
import { type CaseResult, runConformance } from "../../conformance/mod.ts";
import { tcpMutants } from "../proof/mutants/tcp.ts";
import { makeRespHarness } from "../proof/reference/resp_harness.ts";
import { startRedis } from "./redis.ts";

/** Of all cases those that a service can matter for; the reference on a service of the kit's own runs the others. */
const CASES = ["TCP-*", "SIZ-1", "CON-1", "PUT-1", "GET-1", "LST-1"];

Deno.test("an honest store on Redis fails no case, and one that sends APPEND again after a lost answer is found", async (t) => {
  await using redis = await startRedis();
  const ignore = redis === undefined;
  const { url = "" } = redis ?? {};
  const members = {
    name: "Redis",
    findServer: () => Promise.resolve(url),
    cleanup() {},
  };
  const name = ignore ? "there is no redis-server" : "the honest one";
  await t.step({
    name,
    ignore,
    async fn() {
      const results = await run(makeRespHarness(members), CASES);
      const wrong = results.filter(({ status }) =>
        status === "fail" || status === "error"
      );
      assertEquals(wrong, []);
      const passed = results.filter(({ status }) => status === "pass");
      assert(passed.length > 12, `only ${passed.length} passed`);
    },
  });
  await t.step({
    name: "the other one",
    ignore,
    async fn() {
      const mutant = tcpMutants.find(({ name }) =>
        name === "tcp-appends-again"
      );
      assert(mutant !== undefined);
      const { open } = mutant.harness;
      const harness = makeRespHarness({ ...members, open });
      const [result] = await run(harness, ["TCP-2"]);
      assertEquals(result?.status, "fail");
      assertMatch(result?.failure?.observed ?? "", /bytes/);
    },
  });
});

async function run(
  harness: ReturnType<typeof makeRespHarness>,
  only: readonly string[],
): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for await (const result of runConformance(harness, { only })) {
    results.push(result);
  }
  return results;
}
