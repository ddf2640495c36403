import { assertEquals } from "@std/assert";
import type { CaseResult } from "../../conformance/mod.ts";
import { CLAUSES } from "../../conformance/model/clauses.ts";
import { type CellState, toCells } from "./cells.ts";
import { failureOf, resultOf } from "./fixture.ts";

const SHOULD = { level: "should" } as const;
const UNVERIFIED = { status: "unverified", reason: "no device" } as const;
const SKIP = { status: "skip", reason: "no network" } as const;
const ERROR = { status: "error", reason: "the suite failed" } as const;

const STATES: readonly {
  readonly name: string;
  readonly results: readonly CaseResult[];
  readonly state: CellState;
}[] = [
  {
    name: "a passed must case keeps it",
    results: [resultOf("PUT-1", 8)],
    state: "kept",
  },
  {
    name: "a failed must case breaks it, whatever passed",
    results: [resultOf("PUT-1", 8), failureOf("PUT-2", 8)],
    state: "broken",
  },
  {
    name: "one that the baseline expects to fail breaks it, too",
    results: [
      resultOf("PUT-1", 8),
      failureOf("PUT-2", 8, { status: "expected-fail" }),
    ],
    state: "broken",
  },
  {
    name: "a failed should case does not break it",
    results: [resultOf("PUT-1", 8), failureOf("PUT-2", 8, SHOULD)],
    state: "advice",
  },
  {
    name: "a failed should case alone does not keep it",
    results: [failureOf("PUT-2", 8, SHOULD)],
    state: "unjudged",
  },
  {
    name: "a passed should case keeps what has no must case",
    results: [resultOf("PUT-1", 8, SHOULD)],
    state: "kept",
  },
  {
    name: "a passed should case does not keep what a must case could not judge",
    results: [resultOf("PUT-1", 8, SHOULD), resultOf("PUT-2", 8, UNVERIFIED)],
    state: "unjudged",
  },
  {
    name: "what was not judged does not take from what passed",
    results: [resultOf("PUT-1", 8), resultOf("PUT-2", 8, UNVERIFIED)],
    state: "kept",
  },
  {
    name: "a failure for another clause neither breaks nor keeps it",
    results: [failureOf("PUT-1", 22, { clauses: [8] })],
    state: "unjudged",
  },
  {
    name: "only unverified cases judge nothing",
    results: [resultOf("PUT-1", 8, UNVERIFIED), resultOf("PUT-2", 8, SKIP)],
    state: "unjudged",
  },
  {
    name: "only skipped cases do not apply",
    results: [resultOf("PUT-1", 8, SKIP), resultOf("PUT-2", 8, SKIP)],
    state: "inapplicable",
  },
  {
    name: "where the suite failed nothing is kept",
    results: [resultOf("PUT-1", 8), resultOf("PUT-2", 8, ERROR)],
    state: "unjudged",
  },
];

for (const { name, results, state } of STATES) {
  Deno.test(`a clause in a run: ${name}`, () => {
    const cell = toCells(results).find(({ clause }) => clause === 8);
    assertEquals(cell?.state, state);
  });
}

Deno.test("a clause breaks where a case that is about another one found it broken", () => {
  const results = [resultOf("PUT-1", 22), failureOf("PUT-2", 8)]
    .map((result) => ({ ...result, clauses: [22] }));
  const cells = toCells(results);
  const stateOf = (clause: number) =>
    cells.find((cell) => cell.clause === clause)?.state;
  assertEquals([stateOf(8), stateOf(22)], ["broken", "kept"]);
});

Deno.test("a run without results judges no clause, and has all of them", () => {
  const cells = toCells([]);
  assertEquals(cells.length, Object.keys(CLAUSES).length);
  assertEquals(new Set(cells.map(({ state }) => state)), new Set(["unjudged"]));
});

Deno.test("no set of statuses without a pass makes a clause kept", () => {
  const others = ["fail", "expected-fail", "skip", "unverified", "error"];
  for (const first of others) {
    for (const second of others) {
      for (const level of ["must", "should"] as const) {
        const results = [first, second].map((status, index) =>
          failureOf(`PUT-${index}`, 8, {
            status: status as CaseResult["status"],
            level,
          })
        );
        const { state } = toCells(results).find((cell) => cell.clause === 8)!;
        assertEquals(state === "kept" || state === "advice", false, first);
      }
    }
  }
});
