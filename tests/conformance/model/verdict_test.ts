import { assertEquals, assertMatch } from "@std/assert";
import type {
  CaseResult,
  Level,
  Status,
} from "../../../conformance/model/result.ts";
import {
  judge,
  type VerdictOptions,
} from "../../../conformance/model/verdict.ts";
import { judge as judgeRun } from "../../../conformance/mod.ts";

type Row = [
  title: string,
  must: Status[],
  should: Status[],
  options: VerdictOptions,
  outcome: string,
  exitCode: number,
];

const ROWS: Row[] = [
  ["passes", ["pass", "skip"], ["pass"], {}, "conformant", 0],
  [
    "misses",
    ["pass", "unverified"],
    [],
    {},
    "no violation found, 1 must case unverified",
    0,
  ],
  [
    "misses strictly",
    ["pass", "unverified"],
    [],
    { strict: true },
    "no violation found, 1 must case unverified",
    3,
  ],
  ["fails", ["pass", "fail"], [], {}, "nonconformant, 1 must case failed", 1],
  [
    "fails strictly and misses",
    ["fail", "unverified"],
    [],
    { strict: true },
    "nonconformant, 1 must case failed",
    1,
  ],
  [
    "errs and fails",
    ["error", "fail"],
    [],
    {},
    "nonconformant, 1 must case failed",
    3,
  ],
  [
    "errs",
    ["pass", "error"],
    [],
    {},
    "not judged: the suite failed in 1 must case",
    3,
  ],
  [
    "fails and is stale",
    ["fail", "unexpected-pass"],
    [],
    {},
    "nonconformant, 1 must case failed",
    1,
  ],
  ["is stale", ["pass", "unexpected-pass"], [], {}, "conformant", 4],
  [
    "fails as expected",
    ["pass", "expected-fail"],
    [],
    {},
    "nonconformant, 1 must case failed",
    0,
  ],
  [
    "runs nothing",
    ["skip", "unverified"],
    ["pass"],
    {},
    "not judged: no must case ran",
    5,
  ],
  ["has no results", [], [], {}, "not judged: no must case ran", 5],
  ["fails a should", ["pass"], ["fail"], {}, "conformant", 0],
  [
    "fails a should that counts",
    ["pass"],
    ["fail"],
    { level: "should" },
    "conformant",
    1,
  ],
  ["errs in a should", ["pass"], ["error"], {}, "conformant", 0],
  [
    "errs in a should that counts",
    ["pass"],
    ["error"],
    { level: "should" },
    "conformant",
    3,
  ],
  [
    "misses a should",
    ["pass"],
    ["unverified"],
    { strict: true },
    "conformant",
    0,
  ],
  [
    "misses a should that counts",
    ["pass"],
    ["unverified"],
    { strict: true, level: "should" },
    "conformant",
    3,
  ],
  [
    "passes a part",
    ["pass"],
    [],
    { total: 2 },
    "no violation found (a partial run: 1 of 2 cases)",
    0,
  ],
  [
    "fails a part",
    ["fail"],
    [],
    { total: 2 },
    "nonconformant, 1 must case failed (a partial run: 1 of 2 cases)",
    1,
  ],
  ["cannot clean up", ["pass"], [], { cleanupError: "x" }, "not judged: x", 3],
];

for (const [title, must, should, options, outcome, exitCode] of ROWS) {
  Deno.test(`judge() gives ${exitCode} when a store ${title}`, () => {
    const results = [...make(must, "must"), ...make(should, "should")];
    const verdict = judge(results, options);
    assertEquals([verdict.text, verdict.exitCode], [outcome, exitCode]);
    assertEquals(verdict.outcome, outcome.split(/[,:]| \(/)[0]);
  });
}

Deno.test("the published judge() takes fewer results than the catalogue has for a partial run", () => {
  const { outcome, text } = judgeRun(make(["pass"], "must"));
  assertEquals(outcome, "no violation found");
  assertMatch(text, /\(a partial run: 1 of \d+ cases\)$/);
  assertEquals(
    judgeRun(make(["pass"], "must"), { total: 1 }).text,
    "conformant",
  );
});

Deno.test("judge() counts every status", () => {
  const { counts } = judge(make(["pass", "fail", "fail", "skip"], "must"));
  assertEquals(counts, {
    pass: 1,
    fail: 2,
    "expected-fail": 0,
    "unexpected-pass": 0,
    unverified: 0,
    skip: 1,
    error: 0,
  });
});

function make(statuses: Status[], level: Level): CaseResult[] {
  return statuses.map((status, index) => ({
    id: `TST-${index}`,
    group: "TST",
    title: "t",
    clauses: [1],
    level,
    status,
    durationMs: 1,
    seed: "s",
  }));
}
