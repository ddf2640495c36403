import { assertEquals } from "@std/assert";
import type { FailureReport } from "../../conformance/model/result.ts";
import { runConformance } from "../../conformance/runner/run.ts";
import { findHintTexts } from "./hint_texts.ts";
import hints from "./hints.json" with { type: "json" };
import { scaleLimits } from "./matrix/matrix.ts";
import { mutants } from "./mutants/mod.ts";

/** Some faults are races, and show at the second look. */
const ATTEMPTS = 2;

Deno.test("every hint that a failure can have is reached by a mutant, or there is a reason", async () => {
  const found = (await findHintTexts()).map(({ text }) => text);
  const listed = [...hints.reached, ...hints.unreached].map(({ hint }) => hint);
  assertEquals(found.sort(), listed.sort());
});

for (const { hint, case: id, mutant } of hints.reached) {
  Deno.test(`${id} says of ${mutant}: ${hint}`, async () => {
    let failure: FailureReport | undefined;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      failure = await judge(mutant, id);
      if (failure?.hint?.includes(hint)) return;
    }
    assertEquals(failure?.hint, hint, `it observed ${failure?.observed}`);
  });
}

async function judge(
  name: string,
  id: string,
): Promise<FailureReport | undefined> {
  const mutant = mutants.find((one) => one.name === name);
  if (!mutant) throw new TypeError(`There is no mutant "${name}"`);
  const harness = { ...mutant.harness, limits: scaleLimits(mutant.harness) };
  const options = { only: [id], seed: "matrix", measure: false };
  for await (const { failure } of runConformance(harness, options)) {
    return failure;
  }
  return undefined;
}
