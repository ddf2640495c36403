import { assert, assertEquals, assertMatch } from "@std/assert";
import { compareAsHtml } from "../../../conformance/report/compare.ts";
import { escapeXml } from "../../../conformance/report/escape_xml.ts";
import { formatFailure } from "../../../conformance/report/failure.ts";
import { makeGithubReport } from "../../../conformance/report/github.ts";
import { makeHtmlReport } from "../../../conformance/report/html.ts";
import { makeJunitReport } from "../../../conformance/report/junit.ts";
import { makeMarkdownReport } from "../../../conformance/report/markdown.ts";
import type { Report, RunInfo } from "../../../conformance/report/report.ts";
import { toClauseRows } from "../../../conformance/report/clause_rows.ts";
import type { CaseResult } from "../../../conformance/model/result.ts";
import { makeResult, write as writeRun } from "./report_steps.ts";

const INFO: RunInfo = {
  store: "tiny <& store>",
  seed: "5eed",
  prefix: "conformance-5eed-1",
  count: 7,
  isPartial: false,
  harness: "./tiny_harness.ts",
  total: 7,
  jobs: 3,
  repeat: (id) => `again ${id}`,
};
const FAILURE = {
  expected: "the file | stays",
  observed: 'it is "gone" <b>\u0007',
  clause: 12,
  evidence: [{ title: "listing after", lines: ["/a", "```"] }],
};
const RESULTS: CaseResult[] = [
  makeResult("OVW-1", { status: "pass" }),
  makeResult("OVW-2", { status: "fail", failure: FAILURE }),
  makeResult("LST-1", { status: "skip", reason: "no 'list'" }),
  makeResult("PUT-1", { status: "unverified", reason: "no 'module'" }),
  makeResult("PUT-3", { status: "error", reason: "harness threw" }),
  makeResult("PUT-4", {
    status: "expected-fail",
    reason: "issue 7",
    failure: FAILURE,
  }),
  makeResult("PUT-5", { status: "unexpected-pass", reason: "issue 8" }),
];

Deno.test("the JUnit report counts nothing as passed that was not judged", () => {
  const xml = write(makeJunitReport());
  assertMatch(
    xml,
    /<testsuites name="tiny &#60;&#38; store&#62;" tests="7" failures="2" errors="1" skipped="3" time="0\.007">/,
  );
  assertMatch(
    xml,
    /<testsuite name="PUT" tests="4" failures="1" errors="1" skipped="2"/,
  );
  assertMatch(xml, /name="OVW-1 a case \(must, clause 11\)" time="0\.001"\/>/);
  assertMatch(xml, /<skipped message="unverified: no &#39;module&#39;"\/>/);
  assertMatch(xml, /<error message="error: harness threw"\/>/);
});

Deno.test("the JUnit report tells a failure in full, and is XML whatever it holds", () => {
  const xml = write(makeJunitReport());
  const [, text = ""] = xml.match(/<failure [^>]*type="clause 12">([^<]*)</s) ??
    [];
  assertMatch(text, /expected {2}the file \| stays/);
  assertMatch(text, /gone&#34; &#60;b&#62;\\u\{7\}/);
  assertMatch(text, /repeat {4}again OVW-2/);
  // deno-lint-ignore no-control-regex -- none of them may be there.
  assertEquals(xml.match(/[\0-\x08]/), null);
});

Deno.test("the Markdown report has the clauses, what did not pass, and failures in full", () => {
  const text = write(makeMarkdownReport());
  assertMatch(text, /^# tiny \\<\\& store\\>: nonconformant, 2 must cases/);
  assertMatch(text, /^\| 11 \| .* \| error \| 1 pass, .* \|$/m);
  assertMatch(text, /^\| 12 \| .* \| fail \| 1 fail, 1 expected-fail \|$/m);
  assertMatch(
    text,
    /^\| PUT-1 \| must \| unverified \| a case \| no 'module'/m,
  );
  assert(!/^\| OVW-1 /m.test(text));
  // A fence that is longer than the backticks inside.
  assertMatch(text, /^````text\nFAIL OVW-2/m);
});

Deno.test("the JUnit report begins with the likely causes", () => {
  const results = ["OVW-5", "OVW-10", "CON-3"].map((id) =>
    makeResult(id, { status: "fail", failure: FAILURE })
  );
  const xml = writeRun(makeJunitReport(), { info: INFO, results });
  assertMatch(
    xml,
    /<testsuites [^>]*>\n {2}<testsuite name="likely causes" tests="0" [^>]*>\n {4}<system-out>Likely causes of 3 of 3/,
  );
  assertMatch(xml, /1\. without overwrite the destination is looked at/);
});

for (
  const [format, make] of [
    ["HTML", makeHtmlReport],
    ["JUnit", makeJunitReport],
    ["Markdown", makeMarkdownReport],
  ] as const
) {
  Deno.test(`the ${format} report shows invisible characters escaped, in reasons, too`, () => {
    const results = [
      makeResult("PUT-1", { status: "unverified", reason: "\ufeffmark" }),
      makeResult("PUT-2", {
        status: "fail",
        failure: { ...FAILURE, observed: "\u202eturned" },
      }),
    ];
    const text = writeRun(make(), { info: INFO, results });
    assert(!/[\ufeff\u202e]/.test(text));
    assertMatch(text, /\\?\\u\\?\{feff\\?\}mark/);
    assertMatch(text, /\\u\{202e\}turned/);
  });
}

Deno.test("the GitHub report lets nothing in a message be a command, and annotates causes before cases", () => {
  const results = ["OVW-5", "OVW-10", "CON-3"].map((id) =>
    makeResult(id, {
      status: "fail",
      failure: { ...FAILURE, observed: "::error::100%, all\nlost" },
    })
  );
  const text = writeRun(makeGithubReport(), { info: INFO, results });
  const [first = "", ...lines] = text.split("\n");
  const token = first.replace("::stop-commands::", "");
  assert(token.length > 30 && first !== token, first);
  const end = lines.indexOf(`::${token}::`);
  const commands = lines.slice(end + 1);
  assert(end > 0 && lines.slice(0, end).includes("lost"), text);
  assertMatch(
    commands[0] ?? "",
    /^::error file=tiny_harness\.ts,line=1,title=Likely cause 1%3A without/,
  );
  assertMatch(
    commands[1] ?? "",
    /^::error file=.*,title=OVW-5 a case::.*observed ::error::100%25, all%0Alost%0Arepeat: again OVW-5$/,
  );
  assertMatch(commands.at(-2) ?? "", /^::notice .*nonconformant/);
});

Deno.test("the HTML report is one file with each case once and its evidence escaped", () => {
  const html = write(makeHtmlReport());
  for (const { id } of RESULTS) {
    assertEquals(html.split(` id="${id}"`).length, 2, id);
    assert(html.includes(`href="#${id}"`), id);
  }
  assertMatch(html, /<title>tiny &#60;&#38; store&#62;: nonconformant/);
  assertMatch(html, /<pre>FAIL OVW-2/);
  assertEquals(html.match(/<b>\\u|src=|https?:/), null);
});

Deno.test("toClauseRows() blames a failure on the clause it breaks, and verifies the case's others by it no more", () => {
  const rows = toClauseRows(RESULTS.slice(0, 2));
  const status = (clause: number) =>
    rows.find((row) => row.clause === clause)?.status;
  assertEquals([status(11), status(12), status(13)], [
    "unverified",
    "fail",
    undefined,
  ]);
});

for (
  const [format, make] of [
    ["HTML", makeHtmlReport],
    ["Markdown", makeMarkdownReport],
  ] as const
) {
  Deno.test(`the ${format} report tells what was measured of the store`, () => {
    const pace = {
      requestMs: 4,
      uploadRate: 2 ** 20,
      downloadRate: 3 * 2 ** 20,
      load: 1,
      largestTried: 2 ** 21,
    };
    const text = writeRun(make(), { info: { ...INFO, pace }, results: [] });
    assertMatch(text, /measured: 4 ms for a small request, 1\.0 MiB\/s up/);
    assertMatch(text, /no object of more than 2\.0 MiB was tried/);
    assert(!/measured/.test(write(make())));
  });
}

Deno.test("formatFailure() says which clauses a case has not come to", () => {
  const failure = { ...FAILURE, clause: 8 };
  const result = makeResult("OVW-9", {
    clauses: [12, 14],
    status: "fail",
    failure,
  });
  assertMatch(
    formatFailure(result, "again"),
    /\n {2}stopped {3}there, so it has not verified .*: clause 12, 14\n/,
  );
  const own = { ...result, failure: FAILURE };
  assert(!formatFailure(own, "again").includes("stopped"));
});

Deno.test("compareAsHtml() has a failure's evidence behind its status, the hint and the command included", () => {
  const failed = makeResult("OVW-2", {
    status: "fail",
    failure: { ...FAILURE, hint: "written <in> place" },
  });
  const run = { seed: "5eed", verdict: "bad" };
  const html = compareAsHtml([
    { ...run, name: "one", results: [{ ...failed, repeat: "again" }] },
    {
      ...run,
      name: "two",
      results: [{ ...makeResult("OVW-2", {}), repeat: "" }],
    },
  ]);
  assertMatch(html, /likely {4}written &#60;in&#62; place/);
  assertMatch(html, /listing after\n {4}\/a/);
  assertMatch(html, /repeat {4}again/);
});

Deno.test("escapeXml() shows what XML cannot hold", () => {
  const text = `a\0${String.fromCharCode(0xd800)}é\n`;
  assertEquals(escapeXml(text), "a\\u{0}\\u{d800}é\n");
});

function write(report: Report): string {
  return writeRun(report, { info: INFO, results: RESULTS });
}
