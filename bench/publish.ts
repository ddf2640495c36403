import { fromFileUrl } from "@std/path";
import { drawReport, type PartPicture } from "./draw/draw_report.ts";
import type { Report } from "./report/report.ts";
import { formatMarkdown } from "./report/table.ts";

const PICTURES = new URL("pictures/", import.meta.url);
const README = new URL("README.md", import.meta.url);

/**
 * Writes the pictures of a report, and replaces in the page of the benchmark
 * what stands between the marks of each part that was run.
 *
 * @param report What was measured.
 */
export async function publish(report: Report): Promise<void> {
  const pictures = drawReport(report);
  await Deno.mkdir(PICTURES, { recursive: true });
  for (const { name, svg } of pictures) {
    await Deno.writeTextFile(new URL(`${name}.svg`, PICTURES), svg);
  }
  const page = await Deno.readTextFile(README);
  await Deno.writeTextFile(README, replaceSections(page, report, pictures));
  await format();
  console.log(`published: ${pictures.length} pictures, ${README.pathname}`);
}

/** What is kept in the repository is formatted as everything else is. */
async function format(): Promise<void> {
  const paths = [README, PICTURES].map((url) => fromFileUrl(url));
  await new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", ...paths],
    stdin: "null",
  }).output();
}

/**
 * Replaces the section of each part that a report has.
 *
 * @param page Markdown with marks: `<!-- begin: part -->` and `<!-- end: part -->`.
 * @param report The report.
 * @param pictures Its pictures.
 * @returns The page; of a part without marks nothing is written.
 */
export function replaceSections(
  page: string,
  report: Report,
  pictures: readonly PartPicture[],
): string {
  let text = page;
  for (const part of new Set(report.tables.map(({ part }) => part))) {
    const begin = `<!-- begin: ${part} -->`;
    const end = `<!-- end: ${part} -->`;
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from < 0 || to < from) continue;
    text = text.slice(0, from + begin.length) +
      writeSection(report, part, pictures) + text.slice(to);
  }
  return text;
}

function writeSection(
  report: Report,
  part: string,
  pictures: readonly PartPicture[],
): string {
  const { command, date, machine, versions } = report;
  const tables = report.tables.filter((table) => table.part === part);
  const clients = Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`).join(", ");
  return [
    "\n",
    `\`${command}\`, ${date.slice(0, 10)}, ${machine}; ${clients}.`,
    "",
    ...pictures.filter((picture) => picture.part === part)
      .flatMap(({ alt, name }) => [`![${alt}](pictures/${name}.svg)`, ""]),
    "<details><summary>The figures</summary>",
    "",
    ...tables.map((table) => formatMarkdown(table)),
    "</details>",
    "\n",
  ].join("\n");
}
