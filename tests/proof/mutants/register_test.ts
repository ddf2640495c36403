import { assert, assertEquals } from "@std/assert";
import { variants } from "../benign/mod.ts";
import { catalogue } from "../../../conformance/cases/catalogue.ts";
import { findGaps } from "../matrix/matrix.ts";
import { mutants } from "./mod.ts";

Deno.test("mutants and variants have a name of their own and a description", () => {
  for (const list of [mutants, variants]) {
    const names = list.map(({ name }) => name);
    assertEquals(names.filter((name, i) => names.indexOf(name) !== i), []);
    for (const { name, description } of list) {
      assert(/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name), name);
      assert(description.trim() !== "", name);
    }
  }
});

Deno.test("mutants list cases of the catalogue, each once, at least one", () => {
  const ids = catalogue.map(({ id }) => id);
  for (const { name, caughtBy } of mutants) {
    assert(caughtBy.length > 0, `${name} lists none`);
    assertEquals(new Set(caughtBy).size, caughtBy.length, name);
    assertEquals(caughtBy.filter((id) => !ids.includes(id)), [], name);
  }
});

Deno.test("variants fall short of recommendations alone", () => {
  for (const { name, shortOf = [] } of variants) {
    for (const id of shortOf) {
      const level = catalogue.find((c) => c.id === id)?.level;
      assertEquals(level, "should", `${name}: ${id}`);
    }
  }
});

Deno.test("every case catches a mutant, and every must case a subtle one", () => {
  assertEquals(findGaps(mutants), []);
});

Deno.test("a process of a case finds every mutant and variant by its module", async () => {
  for (const { name, harness } of [...mutants, ...variants]) {
    if (harness.module === undefined) continue;
    const { default: found } = await import(harness.module);
    assert(found === harness, name);
  }
});
