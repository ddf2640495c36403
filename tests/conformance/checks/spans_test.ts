import { assertEquals } from "@std/assert";
import { mostCovered } from "../../../conformance/checks/spans.ts";

const WITHIN = { from: 0, to: 1_000 };

Deno.test("mostCovered() joins spans that touch, in any order", () => {
  const spans = [{ from: 400, to: 700 }, { from: 100, to: 390 }];
  assertEquals(mostCovered(spans, WITHIN, 1_000), 600);
});

Deno.test("mostCovered() adds up spans that are apart, in the window that has the most of them", () => {
  const spans = [
    { from: 0, to: 100 },
    { from: 500, to: 700 },
    { from: 800, to: 1_000 },
  ];
  assertEquals(mostCovered(spans, WITHIN, 500), 400);
  assertEquals(mostCovered(spans, WITHIN, 250), 200);
  assertEquals(mostCovered(spans, WITHIN, 1_000), 500);
});

Deno.test("mostCovered() counts only what lies within", () => {
  const spans = [{ from: 100, to: 300 }, { from: 2_000, to: 9_000 }];
  assertEquals(mostCovered(spans, { from: 250, to: 2_100 }, 500), 100);
  assertEquals(mostCovered([], { from: 0, to: 1 }, 500), 0);
});
