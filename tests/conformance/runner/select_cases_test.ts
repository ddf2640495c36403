import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  isNamed,
  selectCases,
} from "../../../conformance/runner/select_cases.ts";
import { tinyCase } from "../tiny_store.ts";

const CASES = ["DST-1", "DST-10", "OVW-1"].map((id) => tinyCase({ id }));

Deno.test("selectCases() takes all by default", () => {
  assertEquals(ids({}), ["DST-1", "DST-10", "OVW-1"]);
});

Deno.test("selectCases() takes ids and globs, in the catalogue's order", () => {
  assertEquals(ids({ only: ["OVW-1", "DST-1"] }), ["DST-1", "OVW-1"]);
  assertEquals(ids({ only: ["dst-*"] }), ["DST-1", "DST-10"]);
  assertEquals(ids({ only: ["???-1"] }), ["DST-1", "OVW-1"]);
});

Deno.test("selectCases() leaves out what is skipped", () => {
  assertEquals(ids({ only: ["DST-*"], skip: ["*-10"] }), ["DST-1"]);
});

Deno.test("selectCases() throws when a pattern matches nothing", () => {
  assertThrows(
    () => ids({ only: ["DST"] }),
    TypeError,
    `'only' matches none: current value is "DST", try "DST-*"`,
  );
  assertThrows(
    () => ids({ skip: ["X-1"] }),
    TypeError,
    `'skip' matches none: current value is "X-1"`,
  );
});

Deno.test("selectCases() throws when nothing is left", () => {
  assertThrows(() => ids({ skip: ["*"] }), TypeError, "leave none");
});

Deno.test("isNamed() wants the exact id", () => {
  assert(isNamed({ only: ["siz-6"] }, "SIZ-6"));
  assert(!isNamed({ only: ["SIZ-*"] }, "SIZ-6"));
  assert(!isNamed({}, "SIZ-6"));
});

function ids(selection: Parameters<typeof selectCases>[1]): string[] {
  return selectCases(CASES, selection).map(({ id }) => id);
}
