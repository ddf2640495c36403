import { assert, assertEquals, assertMatch } from "@std/assert";
import type { CaseContext } from "../../../conformance/model/case.ts";
import type { Harness } from "../../../conformance/model/harness.ts";
import type { StorePace } from "../../../conformance/model/pace.ts";
import { formatPace } from "../../../conformance/report/pace.ts";
import { slowHarnesses } from "../../proof/slow/stores.ts";
import { harnessWith, runCases, tinyCase, tinyHarness } from "../tiny_store.ts";

const MIB = 2 ** 20;

Deno.test("a run measures its store before the first case", async () => {
  const pace = await measure(tinyHarness());
  assert(pace !== undefined);
  assert(pace.uploadRate > MIB && pace.downloadRate > MIB);
  assertEquals(pace.largestTried, undefined);
});

Deno.test("a run tries smaller objects on a slow store, and its report says so", async () => {
  const found = slowHarnesses.find(({ name }) => name === "one-mib-a-second");
  let largest = 0;
  let isSlow = false;
  const pace = await measure(found?.harness as Harness, (ctx) => {
    ({ limits: { largestObject: largest }, isSlow } = ctx);
  });
  assert(pace !== undefined);
  assert(pace.uploadRate <= 1.1 * MIB, `${pace.uploadRate}`);
  assertEquals([largest, isSlow], [pace.largestTried, true]);
  assert(largest > MIB && largest < 3 * MIB, `${largest}`);
  assertMatch(
    formatPace(pace),
    /no object of more than [12]\.\d MiB was tried/,
  );
});

Deno.test("a run does not measure what fails, and begins all the same", async () => {
  const getObjectSize = () => Promise.reject(new Error("broken"));
  assertEquals(await measure(harnessWith({ getObjectSize })), undefined);
});

async function measure(
  harness: Harness,
  look: (ctx: CaseContext) => void = () => {},
): Promise<StorePace | undefined> {
  let pace: StorePace | undefined;
  const run = tinyCase({ run: (ctx) => Promise.resolve(look(ctx)) });
  const results = await runCases([run], harness, {
    measure: true,
    onProgress(event) {
      if (event.type === "begin") pace = event.pace;
    },
  });
  assertEquals(results.get("TST-1")?.status, "pass");
  return pace;
}
