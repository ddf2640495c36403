import { assert, assertEquals } from "@std/assert";
import { catalogue } from "../../../conformance/cases/catalogue.ts";
import { CLAUSES } from "../../../conformance/model/clauses.ts";

const GROUPS =
  "URI PUT GET OVW DST CB SIZ ERR TRN TCP ATM CON BIG NAM ABT CLS ISO LST REA WRI DEL"
    .split(
      " ",
    );
/** Clauses that no case of a store checks: the helpers are judged by the tests beside them, and what opens and checks stores (35, 36) by tests of its own. */
const OF_HELPERS = [30, 35, 36];
/** Cases that can judge most things without a process: `child()` says what it wants. */
const IN_PART = ["PUT-5", "OVW-9"];

Deno.test("catalogue has every group, in order, and each id once", () => {
  const ids = catalogue.map(({ id }) => id);
  assertEquals(ids.filter((id, index) => ids.indexOf(id) !== index), []);
  assertEquals([...new Set(ids.map((id) => id.replace(/-\d+$/, "")))], GROUPS);
});

Deno.test("catalogue has numbers in rising order within a group", () => {
  const numbers = Map.groupBy(catalogue, ({ id }) => id.replace(/-\d+$/, ""));
  for (const [group, cases] of numbers) {
    const given = cases.map(({ id }) => Number(id.slice(group.length + 1)));
    assertEquals(given, given.toSorted((a, b) => a - b));
  }
});

Deno.test("catalogue names an existing clause for every case", () => {
  for (const { id, clauses } of catalogue) {
    assert(clauses.length > 0, `${id} names no clause`);
    for (const clause of clauses) assert(CLAUSES[clause], `${id}: ${clause}`);
  }
});

Deno.test("catalogue has a must case for every clause", () => {
  const checked = new Set(
    catalogue.filter(({ level }) => level === "must").flatMap(({ clauses }) =>
      clauses
    ),
  );
  const unchecked = Object.keys(CLAUSES).map(Number).filter((clause) =>
    !checked.has(clause) && !OF_HELPERS.includes(clause)
  );
  assertEquals(unchecked, []);
});

Deno.test("catalogue tells a title and an explanation for every case", () => {
  for (const { id, title, explain } of catalogue) {
    assert(title.trim() !== "", id);
    assert(explain.length > 40, `${id} explains too little`);
  }
});

Deno.test("catalogue wants the harness's module for every case that starts a process", () => {
  for (const { id, child, needs = [] } of catalogue) {
    if (child === undefined || IN_PART.includes(id)) continue;
    assert(needs.includes("module"), id);
  }
});
