import { join } from "@std/path";
import { makeHtml } from "./page_html.ts";
import { makeMarkdown } from "./page_markdown.ts";
import { makePage } from "./page.ts";
import { makeSvg } from "./page_svg.ts";
import type { JudgedRun } from "./results.ts";

const CONTRACT = new URL("../../CONTRACT.md", import.meta.url);
const MARKDOWN = "CLAUSES_BY_SERVICE.md";

/**
 * Writes the page as HTML and Markdown, and its picture.
 *
 * @param runs The runs, in the page's order.
 * @param directory Where to.
 */
export async function writePages(
  runs: readonly JudgedRun[],
  directory: string,
): Promise<void> {
  const page = makePage(runs, await Deno.readTextFile(CONTRACT));
  await Deno.mkdir(directory, { recursive: true });
  const files = {
    [MARKDOWN]: makeMarkdown(page),
    "clauses_by_service.html": makeHtml(page),
    "clauses_by_service.svg": makeSvg(page),
  };
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(join(directory, name), text);
  }
  // So that it is as the repository's other pages are.
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", join(directory, MARKDOWN)],
    stdin: "null",
  }).spawn().status;
  if (!success) throw new Error(`Cannot format ${MARKDOWN}`);
}
