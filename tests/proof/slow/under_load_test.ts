import { assertEquals } from "@std/assert";
import { variants } from "../benign/mod.ts";
import { scaleLimits } from "../matrix/matrix.ts";
import httpHarness from "../reference/http_harness.ts";
import { findDifferences, runCases, underLoad } from "./under_load.ts";

/** Cases with times in them: aborts, callbacks that wait, closing. */
const SAMPLE = ["ABT-2", "CB-15", "CLS-3"];
/** One on the wire, one in small steps; `deno task load` judges every store on all cases. */
const STORES = [
  { name: "reference/http", harness: httpHarness },
  ...variants.filter(({ name }) => name === "yielding"),
];

Deno.test("verdicts are the same with eight busy loops beside the run", async () => {
  const judgeAll = async () => {
    const outcomes = [];
    for (const { harness } of STORES) {
      const limits = scaleLimits(harness);
      outcomes.push(await runCases({ ...harness, limits }, SAMPLE));
    }
    return outcomes;
  };
  const quiet = await judgeAll();
  const loaded = await underLoad(8, judgeAll);
  const differences = STORES.flatMap(({ name }, i) =>
    findDifferences(quiet[i]!, loaded[i]!).map((line) => `${name}: ${line}`)
  );
  assertEquals(differences, []);
});
