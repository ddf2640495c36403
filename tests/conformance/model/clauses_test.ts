import { assert, assertEquals } from "@std/assert";
import {
  CLAUSES,
  clauseUrl,
  CONTRACT_VERSION,
} from "../../../conformance/model/clauses.ts";
import { listFiles, REPOSITORY } from "../../repository_files.ts";

const PAGES = [
  "CHANGELOG.md",
  "CONTRACT.md",
  "CONTRIBUTING.md",
  "README.md",
  "mod.ts",
];
/** Mentions of one clause or several: "clause 8", "clauses 8 and 21", "clauses 31 to 36", "(clauses 8, 21)". */
const MENTION =
  /\bclauses?[ \n*/]+(\d+(?:(?:,? and |, | to |, or | or )\d+)*)/gi;

Deno.test("CONTRACT.md has an anchor for each clause, in order, and the kit its short form", async () => {
  const anchors = [
    ...(await readContract()).matchAll(
      /^(\d+)\. <a id="clause-(\d+)"><\/a>/gm,
    ),
  ];
  assertEquals(
    anchors.map(([, number]) => number),
    anchors.map(([, , anchor]) => anchor),
  );
  assertEquals(
    anchors.map(([, number]) => Number(number)),
    anchors.map((_, index) => index + 1),
  );
  assertEquals(
    Object.keys(CLAUSES),
    anchors.map(([, number]) => number!),
  );
});

Deno.test("CONTRACT.md is of the version that reports name", async () => {
  const text = await readContract();
  assert(text.includes(`contract version ${CONTRACT_VERSION}`));
});

Deno.test("clauseUrl() leads to the clause in CONTRACT.md", async () => {
  const url = new URL(clauseUrl(12));
  assertEquals(url.hash, "#clause-12");
  url.hash = "";
  assertEquals(url.href, new URL("CONTRACT.md", REPOSITORY).href);
  assert((await readContract()).includes('<a id="clause-12"></a>'));
});

Deno.test("no clause is cited that CONTRACT.md lacks", async () => {
  const unknown: string[] = [];
  let count = 0;
  for (const path of [...PAGES, ...await listFiles(/\.(ts|md|mjs)$/)]) {
    const text = await Deno.readTextFile(new URL(path, REPOSITORY));
    for (const [mention, numbers = ""] of text.matchAll(MENTION)) {
      for (const number of numbers.match(/\d+/g) ?? []) {
        count++;
        if (!Object.hasOwn(CLAUSES, number)) {
          unknown.push(`${path}: ${mention}`);
        }
      }
    }
    for (const [link, number = ""] of text.matchAll(/#clause-(\d+)/g)) {
      if (!Object.hasOwn(CLAUSES, number)) unknown.push(`${path}: ${link}`);
    }
  }
  assertEquals(unknown, []);
  // It has really looked.
  assert(count > 100, `only ${count} mentions of clauses were found`);
});

async function readContract(): Promise<string> {
  return await Deno.readTextFile(new URL("CONTRACT.md", REPOSITORY));
}
