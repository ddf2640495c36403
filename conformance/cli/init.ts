import { existsSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { describeError } from "../checks/error_chain.ts";
import { commandFor } from "./repeat_command.ts";
import templates from "./templates.json" with { type: "json" };
import { UsageError } from "./usage.ts";

/** The package as the files of a template import it. */
const PACKAGE = "@storekit/object-store";
const README = "README.md";
const HARNESS = "my_harness.ts";
/** Where an entry of the package is in a checkout. */
const ENTRIES: Readonly<Record<string, string>> = {
  "": "mod.ts",
  "/driver": "src/driver_store/mod.ts",
  "/local": "src/local/mod.ts",
  "/conformance": "conformance/mod.ts",
};

/**
 * Runs `--init`: writes the files of a template into the working directory.
 * Nothing that is there is replaced; where there is a README.md, its lines are
 * told in place of being written.
 *
 * @param name The template's name; the empty string for `driver`.
 * @returns Text that tells what was written, and what to do next.
 * @throws {UsageError} If there is no such template, a file is there already, or one cannot be written.
 */
export function initProject(name: string): string {
  const template = findTemplate(name || "driver");
  const directory = findDirectory();
  const files = Object.entries(template.files).map(([file, text]) => ({
    path: join(directory, file),
    text: rewriteImports(text, directory),
  }));
  for (const { path } of files) {
    if (!existsSync(path)) continue;
    throw new UsageError(`Cannot write "${path}" as there is such a file`);
  }
  const readme = join(directory, README);
  const lines = makeReadme(directory);
  const hasReadme = existsSync(readme);
  if (!hasReadme) files.push({ path: readme, text: `# My store\n\n${lines}` });
  for (const { path, text } of files) {
    try {
      writeFileSync(path, text, { flag: "wx" });
    } catch (error) {
      throw new UsageError(
        `Cannot write "${path}": ${describeError(error)[0]}`,
        {
          cause: error,
        },
      );
    }
  }
  return [
    ...files.map(({ path }) => `wrote ${relative(directory, path)}`),
    ...(hasReadme ? ["", `For your ${README}:`, "", lines] : []),
    "",
    "Run it at once, then put your service in place of the map:",
    "",
    `  ${commandFor([HARNESS], directory)}`,
    "",
  ].join("\n");
}

/** The working directory; where `deno task` has changed to the root of this checkout, that in which it was called. */
function findDirectory(): string {
  const { INIT_CWD } = process.env;
  const here = new URL("../../", import.meta.url);
  if (!INIT_CWD || here.protocol !== "file:") return process.cwd();
  const isRoot = relative(fileURLToPath(here), process.cwd()) === "";
  return isRoot ? INIT_CWD : process.cwd();
}

function findTemplate(name: string): (typeof templates)["driver"] {
  const known = Object.entries(templates);
  const found = known.find(([own]) => own === name)?.[1];
  if (found !== undefined) return found;
  throw new UsageError(
    `Cannot write template "${name}": there are ${
      known.map(([own, { about }]) => `${own} (${about})`).join(", ")
    }`,
  );
}

/** Imports that are found from the directory: of the registry's package, or of this checkout. */
function rewriteImports(text: string, directory: string): string {
  const here = new URL("../../", import.meta.url);
  const jsr = here.pathname.match(/^\/(@[^/]+\/[^/]+)\/([^/]+)\//);
  if (here.protocol === "file:") {
    const root = fileURLToPath(here);
    const isInside = !relative(root, resolve(directory)).startsWith("..");
    // The configuration of the checkout knows its own name.
    if (isInside) return text;
  }
  return text.replaceAll(
    new RegExp(`"${PACKAGE}((?:/[a-z]+)?)"`, "g"),
    (_, entry: string) =>
      here.protocol !== "file:" && jsr
        ? `"jsr:${jsr[1]}@${jsr[2]}${entry}"`
        : `"${new URL(ENTRIES[entry] ?? "mod.ts", here).href}"`,
  );
}

function makeReadme(directory: string): string {
  const run = (...args: string[]) => commandFor([HARNESS, ...args], directory);
  return `## Does it keep the contract?

\`my_harness.ts\` tells the conformance kit how to open the store. All cases, then
only what failed, again whenever a file changes, and a page to look at:

\`\`\`sh
${run()}
${run("--failed", "--watch")}
${run("--report", "html=report.html")}
\`\`\`
`;
}
