import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { makeTemporaryDirectory } from "../file_system/temporary_directory.ts";
import { resultOf, runOf } from "./fixture.ts";
import { judgeRun } from "./judge_run.ts";
import { parseResult, readResults, resultPath, toUnmade } from "./results.ts";
import { sortRuns } from "./planned_runs.ts";
import type { PlannedRun } from "./run.ts";

const { results: _, cells: __, verdict: ___, ...HEADER } = runOf([]);
const END = { type: "end", text: "conformant" };

function toText(...records: readonly unknown[]): string {
  return records.map((record) => JSON.stringify(record)).join("\n");
}

Deno.test("parseResult() gives the results in the order of the catalogue, and the verdict", () => {
  const [first, second] = [resultOf("GET-1", 15), resultOf("PUT-1", 8)]
    .map((result) => ({ type: "result", ...result }));
  const run = parseResult(toText(HEADER, first, second, END));
  assertEquals(run.results.map(({ id }) => id), ["PUT-1", "GET-1"]);
  assertEquals([run.id, run.verdict], [HEADER.id, "conformant"]);
});

Deno.test("parseResult() refuses a run that has not come to its end", () => {
  const result = { type: "result", ...resultOf("PUT-1", 8) };
  assertThrows(() => parseResult(toText(HEADER, result)), TypeError, "no end");
  assertThrows(() => parseResult(toText(END)), TypeError, "no header");
});

Deno.test("readResults() names the file that is no result", async () => {
  await using directory = await makeTemporaryDirectory();
  await Deno.writeTextFile(join(directory.path, "a.jsonl"), toText(END));
  await assertRejects(
    () => readResults(directory.path),
    TypeError,
    'Cannot read the result "a.jsonl"',
  );
});

Deno.test("judgeRun() keeps why a run could not be made, and no result", async () => {
  await using directory = await makeTemporaryDirectory();
  const run: PlannedRun = {
    ...{ id: "gone/Store", service: "Gone", store: "Store", kind: "client" },
    missing: "its program is not here",
    start: () => Promise.reject(new Error("it is not started")),
  };
  const options = {
    directory: directory.path,
    ...{ facts: { commit: "abc", machine: "linux" }, env: {} },
    ...{ timeoutMs: 1_000, signal: new AbortController().signal, tell() {} },
  };
  assertEquals(await judgeRun(run, options), undefined);
  const [kept] = await readResults(directory.path);
  assertEquals(kept?.missing, run.missing);
  assertEquals(kept?.results, []);

  const { missing: _, ...broken } = run;
  assertEquals(await judgeRun(broken, options), "it is not started");
  const text = await Deno.readTextFile(resultPath(directory.path, run));
  assertEquals(parseResult(text).missing, "it is not started");
});

Deno.test("sortRuns() keeps the stores of a service together, our own first", () => {
  const runs = [
    { id: "a", service: "Azurite", kind: "client" },
    { id: "b", service: "MinIO", kind: "opendal" },
    { id: "c", service: "Azurite", kind: "opendal" },
    { id: "d", service: "MinIO", kind: "bundled" },
  ] as const;
  assertEquals(sortRuns(runs).map(({ id }) => id), ["d", "b", "c", "a"]);
});

Deno.test("toUnmade() gives what has no result kept, with the reason and no verdict", () => {
  const kept = runOf([resultOf("PUT-1", 8)]);
  const planned = [kept, { ...kept, id: "a/B" }, {
    ...kept,
    id: "c/D",
    missing: "its program is not here",
  }];
  const unmade = toUnmade(planned, [kept]);
  assertEquals(unmade.map(({ id, missing }) => [id, missing]), [
    ["a/B", "not run yet: 'deno task services --only=a/B'"],
    ["c/D", "its program is not here"],
  ]);
  assertEquals(unmade.flatMap(({ results }) => results), []);
});
