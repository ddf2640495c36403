// Words that the source does not use, so that a reader who was not there when it was written
// understands it.
import { assertEquals } from "@std/assert";
import { listFiles, REPOSITORY } from "./repository_files.ts";

/** A doc comment says what a thing is or does, and does not begin with a question about it. */
const BEGINS_WITH_QUESTION = /\/\*\*\s*(?:\n\s*\* )?(?:What|How|Whether|Why)\b/;
/** Terms that nobody else uses, and two words for one thing. */
const TERMS: Readonly<Record<string, RegExp>> = {
  "solo": /\bsolo[A-Z]?\w*|\bSolo[A-Z]\w*|\bSOLO\b/,
  "WORTH, ENOUGH, FEW": /\b(?:WORTH|ENOUGH|FEW)\b/,
  "receipt, retold": /\b(?:[rR]eceipt|retold)\b/,
  '"the 3. of 5": say "number 3 of 5"': /\b(?:the|its) (?:\d+|\$\{\w+\})\. \w/,
  '"ask the size of": say "get the size of"': /["`]ask the size/,
};

const files = new Map<string, string>();
for (const path of ["mod.ts", ...await listFiles(/\.ts$/)]) {
  if (!/^(?:mod\.ts$|src\/|conformance\/)/.test(path)) continue;
  files.set(path, await Deno.readTextFile(new URL(path, REPOSITORY)));
}

/** Places in the files that match, each as `path:line`. */
function find(pattern: RegExp): string[] {
  return [...files].flatMap(([path, text]) =>
    [...text.matchAll(new RegExp(pattern, "g"))].map(({ index }) =>
      `${path}:${text.slice(0, index).split("\n").length}`
    )
  );
}

Deno.test("no doc comment begins with What, How, Whether or Why", () => {
  assertEquals(find(BEGINS_WITH_QUESTION), []);
});

for (const [name, pattern] of Object.entries(TERMS)) {
  Deno.test(`the source does not use ${name}`, () => {
    assertEquals(find(pattern), []);
  });
}
