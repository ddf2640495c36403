import { assert, assertEquals, assertMatch } from "@std/assert";
import { listCases } from "../../../conformance/cli/describe_cases.ts";
import { explainCase } from "../../../conformance/cli/describe_cases.ts";
import { makeProgress } from "../../../conformance/cli/progress.ts";
import { makeJsonReport } from "../../../conformance/report/json.ts";
import type {
  Report,
  RunInfo,
  RunSummary,
} from "../../../conformance/report/report.ts";
import { makeTextReport } from "../../../conformance/report/text.ts";
import type { CaseResult } from "../../../conformance/model/result.ts";
import { makeResult, write as writeRun } from "./report_steps.ts";
import { tinyCase } from "../tiny_store.ts";

const INFO: RunInfo = {
  store: "tiny",
  seed: "5eed",
  prefix: "conformance-5eed-1",
  count: 6,
  isPartial: false,
  harness: "./tiny_harness.ts",
  total: 8,
  jobs: 3,
  repeat: (id) => `again ${id}`,
};
const FAILURE = {
  expected: "the file stays",
  observed: "it is gone",
  clause: 11,
  hint: "check, then rename",
  evidence: [{ title: "listing after", lines: ["/a", "two\nlines"] }],
};
const RESULTS: CaseResult[] = [
  makeResult("OVW-1", { status: "pass" }),
  makeResult("OVW-2", { status: "fail", failure: FAILURE }),
  makeResult("LST-1", { status: "skip", reason: "no 'list'" }),
  makeResult("PUT-1", { status: "unverified", reason: "no 'module'" }),
  makeResult("PUT-2", { status: "unverified", reason: "no 'module'" }),
  makeResult("PUT-3", { status: "error", reason: "harness threw" }),
  makeResult("PUT-4", {
    status: "expected-fail",
    reason: "issue 7",
    failure: FAILURE,
  }),
  makeResult("PUT-5", { status: "unexpected-pass", reason: "issue 8" }),
];

Deno.test("the text report tells a failure in full", () => {
  const text = write(makeTextReport());
  assertMatch(
    text,
    new RegExp([
      "FAIL OVW-2 a case \\(must\\)",
      "  expected  the file stays",
      "  observed  it is gone",
      "  clause    11: overwrite: false never replaces, .*",
      "            \\S+/CONTRACT\\.md#clause-11",
      "  likely    check, then rename",
      "  listing after",
      "    /a",
      "    two",
      "    lines",
      "  seed      5eed",
      "  repeat    again OVW-2",
    ].join("\n")),
  );
});

Deno.test("the text report has a line for each group and names all statuses", () => {
  const text = write(makeTextReport());
  assertMatch(text, /^OVW {2}1 pass, 1 fail$/m);
  assertMatch(
    text,
    /^PUT {2}1 expected-fail, 1 unexpected-pass, 2 unverified, 1 error$/m,
  );
  assertMatch(
    text,
    /^1 pass, 1 fail, 1 expected-fail, 1 unexpected-pass, 2 unverified, 1 skip, 1 error$/m,
  );
  assertMatch(
    text,
    /\nnonconformant, 2 must cases failed; 8 of 8 cases in 1\.5 s with --jobs 3\n$/,
  );
});

Deno.test("the text report tells what would unlock what was not judged", () => {
  const text = write(makeTextReport());
  assertMatch(text, /Unverified, because\n {2}no 'module': PUT-1, PUT-2\n/);
  assertMatch(text, /Skipped, because\n {2}no 'list': LST-1\n/);
  assertMatch(text, /Failing as the baseline says:\n {2}PUT-4 .*: issue 7\n/);
  assertMatch(text, /take them off the baseline:\n {2}PUT-5 .*: issue 8\n/);
});

Deno.test("the text report counts leftovers by place, and tells a failed clean-up", () => {
  const leftoverPlaces = Array.from({ length: 7 }, (_, i) => ({
    prefix: `run/case-${i}`,
    objects: i + 1,
    bytes: 1024 * 1024 * (7 - i),
  }));
  const text = write(makeTextReport(), {
    leftoverPlaces,
    cleanupError: "broken",
  });
  assertMatch(text, /Cleaning up failed: broken\n/);
  assertMatch(text, /: 28 objects, 28\.0 MiB, below run\/ /);
  assertMatch(text, /\n {2}7\.0 MiB in 1 object below run\/case-0\/\n/);
  assertMatch(text, /\n {2}… and 2 more places/);
  assert(!text.includes("case-5"));
});

Deno.test("the text report lists the ten slowest cases where that is asked for", () => {
  const results = Array.from(
    { length: 12 },
    (_, i) => makeResult(`OVW-${i}`, { durationMs: 100 * i }),
  );
  const report = makeTextReport({ durations: true });
  const text = writeRun(report, { info: INFO, results });
  assertMatch(text, /The slowest cases:\n {5}1\.1 s {2}OVW-11 a case\n/);
  assertMatch(text, /0\.2 s {2}OVW-2 a case/);
  assert(!/ s {2}OVW-1 a case/.test(text));
});

Deno.test("the text report gives no verdict on a run that was interrupted", () => {
  const text = write(makeTextReport(), { isInterrupted: true });
  assertMatch(text, /\ninterrupted: no verdict; .*\n$/);
});

Deno.test("the JSON report has a record a line that keeps its schema", async () => {
  const url = import.meta.resolve(
    "../../../conformance/report/record.schema.json",
  );
  const schema = JSON.parse(await Deno.readTextFile(new URL(url)));
  const lines = write(makeJsonReport()).trimEnd().split("\n");
  assertEquals(lines.length, RESULTS.length + 2);
  for (const line of lines) {
    const record = JSON.parse(line);
    const { properties, required } = schema.$defs[record.type];
    assertEquals(required.filter((key: string) => !(key in record)), []);
    assertEquals(Object.keys(record).filter((key) => !properties[key]), []);
    for (const [key, value] of Object.entries(record)) {
      const { const: only, enum: values } = properties[key];
      if (only !== undefined) assertEquals(value, only);
      if (values !== undefined) assert(values.includes(value), `${value}`);
    }
  }
});

Deno.test("the JSON report carries the failure and the command that repeats it", () => {
  const [, , record = ""] = write(makeJsonReport()).split("\n");
  const { type, id, failure, repeat } = JSON.parse(record);
  assertEquals([type, id, repeat], ["result", "OVW-2", "again OVW-2"]);
  assertEquals(failure, FAILURE);
});

Deno.test("progress is a line for each group that has ended", () => {
  const groups = new Map([["OVW", 2], ["LST", 1]]);
  const text = showProgress(groups, false);
  assertEquals(text, "2/3 OVW: 1 pass, 1 fail\n3/3 LST: 1 skip\n");
});

Deno.test("progress on a terminal is one line that is wiped at the end", () => {
  const text = showProgress(new Map(), true);
  const lines = text.split("\r\x1b[K");
  assertEquals(lines[2], "0/3 cases, running OVW-1");
  assertEquals(lines.at(-2), "3/3 cases, 1 failed");
  assertEquals(lines.at(-1), "");
});

Deno.test("listCases() has a line for each case with what it wants", () => {
  const text = listCases([
    tinyCase({ id: "A-1" }),
    tinyCase({ id: "A-10", capabilities: ["large"], explicit: true }),
  ]);
  assertEquals(
    text,
    "A-1   must    a case of a test (clause 8)\n" +
      "A-10  must    a case of a test (clause 8; capability large; only when named)\n",
  );
});

Deno.test("explainCase() tells clauses, reason and mutants", () => {
  const text = explainCase([tinyCase()], "tst-1", ["forgets the file"]);
  assertMatch(text, /^TST-1 a case of a test \(must\)\n\nIt is there for/);
  assertMatch(text, /clause 8: uploadObject stores the bytes exactly/);
  assertMatch(text, /It has caught:\n {2}forgets the file\n/);
});

function write(report: Report, members: Partial<RunSummary> = {}): string {
  return writeRun(report, { info: INFO, results: RESULTS, ...members });
}

function showProgress(
  groups: ReadonlyMap<string, number>,
  isTerminal: boolean,
): string {
  let text = "";
  const progress = makeProgress(groups, isTerminal, (more) => text += more);
  progress.show({
    type: "begin",
    store: "x",
    seed: "s",
    prefix: "p",
    count: 3,
    jobs: 1,
  });
  for (const result of RESULTS.slice(0, 3)) {
    progress.show({ type: "start", id: result.id });
    progress.show({ type: "result", result });
  }
  progress.show({ type: "end", leftovers: [], leftoverPlaces: [] });
  return text;
}
