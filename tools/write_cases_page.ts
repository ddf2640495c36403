/**
 * Writes `conformance/CASES.md`, the page of all cases, from the catalogue; `--check` only looks.
 *
 * @module
 */
import { catalogue } from "../conformance/cases/catalogue.ts";
import type { Case } from "../conformance/model/case.ts";

const PAGE = new URL("../conformance/CASES.md", import.meta.url);
/** Subject of each group, in the order of the catalogue. */
const GROUPS: Readonly<Record<string, string>> = {
  URI: "what `getUri()` answers",
  PUT: "sources and bytes of uploads",
  GET: "bytes, parents and publishing of downloads",
  OVW: "`overwrite`: what is replaced, and what never",
  DST: "a directory as destination, and the file's name in it",
  CB: "the callback's numbers, order and failures",
  SIZ: "`getObjectSize()`",
  ERR: "classes, codes, order and text of errors",
  TRN: "transient failures, timeouts and retries on the wire",
  TCP: "connections of services that do not speak HTTP",
  ATM: "whole or not at all, also for killed processes",
  CON: "many operations at once, and use after failures",
  BIG: "large objects: parts, memory, limits",
  NAM: "object names, plain and odd",
  ABT: "the signal",
  CLS: "`close()`",
  ISO: "isolation of operations, options and globals",
  LST: "`listObjects()`",
  REA: "`readObject()`: bytes, ranges, and how a stream ends",
  WRI: "`writeObject()`: bytes, texts and streams, whole or not at all",
  DEL: "`deleteObject()`",
};

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: string[]): Promise<number> {
  const page = await buildCasesPage();
  if (!args.includes("--check")) {
    await Deno.writeTextFile(PAGE, page);
    return 0;
  }
  if (await Deno.readTextFile(PAGE) === page) return 0;
  console.error("conformance/CASES.md is old: run 'deno task generate'");
  return 1;
}

/**
 * Page of all cases: the groups, then a table of cases for each.
 *
 * @returns Markdown, as `deno fmt` leaves it.
 * @throws {Error} If a group has no subject here, or the formatter fails.
 */
export async function buildCasesPage(): Promise<string> {
  const groups = Map.groupBy(catalogue, ({ id }) => id.replace(/-.*/, ""));
  const unknown = [...groups.keys()].filter((group) => !(group in GROUPS));
  if (unknown.length > 0) {
    throw new Error(`Cannot write the page as ${unknown} has no subject`);
  }
  const must = catalogue.filter(({ level }) => level === "must").length;
  const lines = [
    "# The cases",
    "",
    `The ${catalogue.length} cases of the conformance kit, ${must} of them must cases. A must case checks a promise of the [contract](../CONTRACT.md); the others check recommendations. ` +
    "This page is generated from the catalogue by `deno task generate`. `--explain <id>` tells why a case is there, what to look at when it fails, and which faults it has caught.",
    "",
    "| group | cases | must | about |",
    "| --- | --- | --- | --- |",
    ...[...groups].map(([group, cases]) =>
      `| [${group}](#${group.toLowerCase()}) | ${cases.length} | ${
        cases.filter(({ level }) => level === "must").length
      } | ${GROUPS[group]} |`
    ),
    ...[...groups].flatMap(([group, cases]) => [
      "",
      `## ${group}`,
      "",
      "| id | level | clauses | needs | title |",
      "| --- | --- | --- | --- | --- |",
      ...cases.map(formatCase),
    ]),
  ];
  return await formatMarkdown(`${lines.join("\n")}\n`);
}

function formatCase(c: Case): string {
  const { capabilities = [], needs = [], explicit, clauses } = c;
  const wants = [
    ...capabilities.map((capability) => `capability \`${capability}\``),
    ...needs.map((need) => `\`${need}\``),
    ...(explicit ? ["to be named with `--only`"] : []),
  ].join(", ");
  const links = clauses.map((clause) =>
    `[${clause}](../CONTRACT.md#clause-${clause})`
  );
  const title = c.title.replaceAll("|", "\\|").replaceAll("<", "\\<");
  return `| ${c.id} | ${c.level} | ${links.join(", ")} | ${wants} | ${title} |`;
}

async function formatMarkdown(text: string): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--no-config", "--ext=md", "-"],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { success, stdout } = await child.output();
  if (!success) throw new Error("Cannot format the page as deno fmt failed");
  return new TextDecoder().decode(stdout);
}
