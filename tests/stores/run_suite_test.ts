import { assertEquals } from "@std/assert";
import { type AllowedResult, compare } from "./run_suite.ts";

const LIST: readonly AllowedResult[] = [
  {
    case: "A-1",
    store: "S",
    server: "one",
    status: "skip",
    reason: "of one server",
  },
  {
    case: "A-2",
    store: "S",
    server: "*",
    status: "unverified",
    unless: "otherDevice",
    reason: "no device",
  },
];
const PASSED = [
  { id: "A-1", status: "pass" },
  { id: "A-2", status: "pass" },
] as const;

Deno.test("compare() finds nothing where results are as listed", () => {
  const results = [
    { id: "A-1", status: "skip" },
    { id: "A-2", status: "unverified" },
    { id: "A-3", status: "pass" },
  ] as const;
  assertEquals(compare(results, LIST, { store: "S", server: "one" }), []);
});

Deno.test("compare() names a result that is not listed for this store and server", () => {
  const results = [
    { id: "A-1", status: "skip", reason: "why" },
    { id: "A-2", status: "unverified" },
  ] as const;
  assertEquals(compare(results, LIST, { store: "S", server: "two" }), [
    "A-1 skip: why",
  ]);
  assertEquals(compare(results, LIST, { store: "T", server: "one" }).length, 2);
  const failed = [
    { id: "A-1", status: "fail", reason: "x" },
    { id: "A-2", status: "unverified" },
  ] as const;
  assertEquals(
    compare(failed, LIST, { store: "S", server: "one" }).length,
    2,
  );
});

Deno.test("compare() names an entry that is listed in vain", () => {
  assertEquals(compare(PASSED, LIST, { store: "S", server: "one" }), [
    "A-1 is pass, but allowed.json has it as skip",
    "A-2 is pass, but allowed.json has it as unverified",
  ]);
  const devices = ["otherDevice"] as const;
  assertEquals(
    compare(PASSED, LIST, { store: "S", server: "two", devices }),
    [],
  );
});
