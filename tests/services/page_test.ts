import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { CLAUSES } from "../../conformance/model/clauses.ts";
import { CONTRACT, failureOf, resultOf, runOf } from "./fixture.ts";
import { hidePaths, makePage, type Page } from "./page.ts";
import { makeHtml } from "./page_html.ts";
import { makeMarkdown } from "./page_markdown.ts";
import { makeSvg } from "./page_svg.ts";
import { readSections } from "./sections.ts";

const EVIL = `<script>alert("x")</script> | [a](b) & \`\`\``;
/** Of Markdown; what is in it is shown as it is. */
const CODE_BLOCK = /^ *(`{3,})text\n[^]*?\n *\1$/gm;
const FORMATS = { makeHtml, makeMarkdown, makeSvg };

function pageWith(observed: string): Page {
  const failed = failureOf("URI-2", 5);
  return makePage([
    runOf([
      resultOf("NAM-1", 1),
      {
        ...failed,
        title: `a title ${observed}`,
        failure: { ...failed.failure!, observed, hint: `hint ${observed}` },
      },
      resultOf("SIZ-1", 6, { status: "unverified", reason: observed }),
    ], { store: `Store ${observed}`, verdict: `verdict ${observed}` }),
    runOf([], {
      ...{ id: "gone/Store", service: "Gone", store: "GoneStore" },
      missing: `not here ${observed}`,
    }),
  ], CONTRACT);
}

Deno.test("readSections() gives the headings that have clauses, in their order", () => {
  assertEquals(readSections(CONTRACT), [
    { title: "Object names", clauses: [1] },
    { title: "getUri", clauses: [5, 6] },
  ]);
});

Deno.test("each clause of the contract stands below one heading", async () => {
  const url = new URL("../../CONTRACT.md", import.meta.url);
  const sections = readSections(await Deno.readTextFile(url));
  const clauses = sections.flatMap(({ clauses }) => clauses);
  const all = Object.keys(CLAUSES).map(Number);
  assertEquals(clauses.toSorted((a, b) => a - b), all);
});

for (const [name, make] of Object.entries(FORMATS)) {
  Deno.test(`${name}() shows no text of a store as markup`, () => {
    const text = make(pageWith(EVIL)).replace(CODE_BLOCK, "");
    assert(!text.includes("<script>alert"), "the script is there as it was");
  });

  Deno.test(`${name}() has a mark for each clause of each run, and none for a run that was not made`, () => {
    const run = runOf([resultOf("NAM-1", 1)]);
    const gone = runOf([], { id: "gone/S", service: "Gone", missing: "away" });
    const marks = (text: string) => text.split(/[✓✅]/).length;
    const one = make(makePage([run], CONTRACT));
    assertEquals(marks(make(makePage([run, gone], CONTRACT))), marks(one));
    const two = { ...run, id: "minio/Other" };
    assert(marks(make(makePage([run, two], CONTRACT))) > marks(one));
  });

  Deno.test(`${name}() of no results says so`, () => {
    assertStringIncludes(make(makePage([], CONTRACT)), "no results");
  });
}

Deno.test("makeHtml() leads from a cell to its failure, with the case and what was expected", () => {
  const html = makeHtml(pageWith("seen"));
  const id = "minio-S3ObjectStore-clause-5";
  assertMatch(html, new RegExp(`class="mark broken" href="#${id}"`));
  const evidence =
    html.slice(html.indexOf(`id="${id}"`)).split("</details>")[0];
  for (const text of ["one thing", "seen", "hint", "CASES.md#uri", "URI-2"]) {
    assertStringIncludes(evidence ?? "", text);
  }
});

Deno.test("every link within the HTML page leads somewhere", () => {
  const html = makeHtml(pageWith("seen"));
  const links = [...html.matchAll(/href="#([^"]+)"/g)];
  assert(links.length > 3);
  for (const [, id] of links) assertStringIncludes(html, `id="${id}"`);
});

Deno.test("makeHtml() and makeMarkdown() tell why a run was not made", () => {
  for (const make of [makeHtml, makeMarkdown]) {
    assertMatch(make(pageWith("seen")), /GoneStore on Gone: not here seen/);
  }
});

Deno.test("makeMarkdown() has a cell for each run in each row, and links marks to their evidence", () => {
  const markdown = makeMarkdown(pageWith(EVIL));
  const rows = markdown.split("\n").filter((line) => line.startsWith("| [5]"));
  assertEquals(rows.length, 1);
  assertMatch(
    rows[0] ?? "",
    / \| \[❌\]\(#minio-S3ObjectStore-clause-5\) \|$/,
  );
  assertStringIncludes(markdown, `<a id="minio-S3ObjectStore-clause-5">`);
  const [, , store] =
    (markdown.split("\n").find((line) => line.startsWith("| 1 |")) ?? "").split(
      /(?<!\\)\|/,
    ).map((cell) => cell.trim()).slice(1);
  assertStringIncludes(store ?? "", "\\|");
});

Deno.test("the picture says its command, date and machine", () => {
  const svg = makeSvg(pageWith("seen"));
  for (const text of ["deno task services", "2026-11-27", "linux", "abc1234"]) {
    assertStringIncludes(svg, text);
  }
});

Deno.test("hidePaths() leaves no directory of the machine, and the name in it", () => {
  const root = new URL("../../", import.meta.url);
  const text = hidePaths(
    `at ${root.href}src/a.ts, "/tmp/storekit-1/x/data.bin" and /dev/shm/a/b`,
  );
  assertEquals(text, 'at src/a.ts, "…/data.bin" and …/b');
});
