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

Deno.test("compare() knows which cases were asked for", () => {
  const results = [{ id: "A-1", status: "skip" }] as const;
  const options = { store: "S", server: "one", only: ["A-1", "A-3"] };
  assertEquals(compare(results, LIST, options), []);
});

Deno.test("compare() names an entry that is listed in vain", () => {
  assertEquals(compare(PASSED, LIST, { store: "S", server: "one" }), [
    "A-1 is pass, but it is listed as skip",
    "A-2 is pass, but it is listed as unverified",
  ]);
  const devices = ["otherDevice"] as const;
  assertEquals(
    compare(PASSED, LIST, { store: "S", server: "two", devices }),
    [],
  );
});

Deno.test("compare() takes an entry of a runtime there alone", () => {
  const list: readonly AllowedResult[] = [{
    case: "A-1",
    store: "S",
    runtime: "node@22.3.0",
    status: "skip",
    reason: "of one runtime",
  }];
  const skipped = [{ id: "A-1", status: "skip", reason: "why" }] as const;
  assertEquals(
    compare(skipped, list, { store: "S", runtime: "node@22.3.0" }),
    [],
  );
  assertEquals(compare(skipped, list, { store: "S" }), ["A-1 skip: why"]);
  assertEquals(
    compare([{ id: "A-1", status: "pass" }], list, { store: "S" }),
    [],
  );
});

Deno.test("compare() takes an entry for each of the servers that it names, and for no other", () => {
  const list: readonly AllowedResult[] = [{
    case: "A-1",
    store: "S",
    server: ["one", "two"],
    status: "fail",
    owner: "emulator",
    reason: "it cannot do that",
  }];
  const failed = [{ id: "A-1", status: "fail", reason: "x" }] as const;
  const on = (server?: string) =>
    compare(failed, list, {
      store: "S",
      ...server === undefined ? {} : { server },
    }).length;
  assertEquals([on("one"), on("two"), on("three"), on()], [0, 0, 1, 1]);
  assertEquals(compare(PASSED, list, { store: "S", server: "two" }), [
    "A-1 is pass, but it is listed as fail",
  ]);
});

Deno.test("compare() takes an entry of a group for each of its cases, and tells where none is so", () => {
  const list: readonly AllowedResult[] = [{
    case: "B-*",
    store: "S",
    server: "*",
    status: "skip",
    reason: "no network",
  }];
  const one = { store: "S", server: "one" };
  const results = [
    { id: "B-1", status: "pass" },
    { id: "B-2", status: "skip" },
    { id: "B-3", status: "fail" },
    { id: "BB-1", status: "skip" },
  ] as const;
  assertEquals(compare(results, list, one).map((line) => line.slice(0, 4)), [
    "B-3 ",
    "BB-1",
  ]);
  assertEquals(compare([results[0]], list, one), [
    "B-* is pass, but it is listed as skip",
  ]);
});

Deno.test("compare() takes what the kit gives up on a slow machine neither for unlisted nor for listed in vain", () => {
  const list: readonly AllowedResult[] = [
    { case: "C-1", store: "S", server: "*", status: "fail", reason: "x" },
  ];
  const one = { store: "S", server: "one" };
  const reason = "the store is too slow here for 256 MiB";
  const results = [
    { id: "C-1", status: "unverified", reason },
    { id: "C-2", status: "unverified", reason },
    { id: "C-3", status: "fail", reason },
  ] as const;
  assertEquals(compare(results, list, one), [`C-3 fail: ${reason}`]);
});
