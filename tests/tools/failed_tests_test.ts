import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  formatFailures,
  readEnd,
  readFailures,
} from "../../tools/failed_tests.ts";

const ERROR = "a ... step => ./a_test.ts:2:9\nerror: Error: no\n\nmore";

Deno.test("readFailures() reads each error with the name of its test", () => {
  const uncaught = "./b_test.ts (uncaught error)\nerror: Error: late";
  const stdout =
    ` ERRORS \n\nold => ./old.ts:1:1\n\n ERRORS \n\n${ERROR}\n\n${uncaught}\n\n FAILURES \n\na ... step => ./a_test.ts:2:9\n\nFAILED | 0 passed`;
  assertEquals(readFailures(stdout), [ERROR, uncaught]);
});

Deno.test("readFailures() finds nothing where nothing failed", () => {
  assertEquals(readFailures("ok | 1 passed | 0 failed (1ms)\n"), []);
});

Deno.test("readFailures() cuts a long error after its first 30 lines", () => {
  const long = `a => ./a.ts:1:1\n${"line\n".repeat(100)}`;
  const [failure = ""] = readFailures(` ERRORS \n\n${long}\n FAILURES \n`);
  assertEquals(failure.split("\n").length, 31);
  assertStringIncludes(failure, "\n... 71 more lines");
});

Deno.test("readEnd() keeps the last 30 lines", () => {
  const lines = Array.from({ length: 50 }, (_, i) => `line ${i}`);
  assertEquals(readEnd(`${lines.join("\n")}\n`), lines.slice(20).join("\n"));
});

Deno.test("formatFailures() tells how many there are besides the first twenty", () => {
  const text = formatFailures(
    Array.from({ length: 23 }, (_, i) => `test ${i}`),
  );
  assertStringIncludes(text, "test 19\n\n... and 3 more");
});
