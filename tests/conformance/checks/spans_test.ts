import { assertEquals } from "@std/assert";
import { longestCovered } from "../../../conformance/checks/spans.ts";

Deno.test("longestCovered() joins spans that touch, in any order", () => {
  const spans = [{ from: 400, to: 700 }, { from: 100, to: 390 }];
  assertEquals(longestCovered(spans, { from: 0, to: 1_000 }), 600);
});

Deno.test("longestCovered() does not join spans that are apart", () => {
  const spans = [{ from: 100, to: 300 }, { from: 500, to: 800 }];
  assertEquals(longestCovered(spans, { from: 0, to: 1_000 }), 300);
});

Deno.test("longestCovered() counts only what lies within", () => {
  const spans = [{ from: 100, to: 300 }, { from: 2_000, to: 9_000 }];
  assertEquals(longestCovered(spans, { from: 250, to: 2_100 }), 100);
  assertEquals(longestCovered([], { from: 0, to: 1 }), 0);
});
