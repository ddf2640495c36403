import { assertEquals, assertThrows } from "@std/assert";
import { parseBaseline } from "../../../conformance/runner/baseline.ts";

Deno.test("parseBaseline() reads ids with their reasons", () => {
  const baseline = [{ id: "OVW-1", reason: "issue 7" }];
  assertEquals(parseBaseline(JSON.stringify(baseline)), baseline);
});

for (
  const [text, message] of [
    ["{", "must be JSON"],
    ["{}", "must be an array"],
    ["[null]", "'id' of entry 1 must be a non-empty string"],
    ['[{"id":"A-1"}]', "'reason' of entry 1 must be a non-empty string"],
    ['[{"id":"A-1","reason":" "}]', 'current value is " "'],
    [
      '[{"id":"A-1","reason":"x"},{"id":"A-1","reason":"y"}]',
      '"A-1" is listed twice',
    ],
  ] as const
) {
  Deno.test(`parseBaseline() refuses ${text}`, () => {
    assertThrows(() => parseBaseline(text), TypeError, message);
  });
}
