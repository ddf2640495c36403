import { existsSync, writeFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import { join } from "@std/path/join";
import { fileURLToPath } from "node:url";
import { describeError } from "../checks/error_chain.ts";
import { findDirectory } from "./find_directory.ts";
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
  const judged = template.command === undefined
    ? [HARNESS]
    : ["--command", template.command];
  const lines = makeReadme(directory, judged);
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
    "Run it at once, then put your service in place of what is there:",
    "",
    `  ${commandFor(judged, directory)}`,
    "",
  ].join("\n");
}

interface Template {
  readonly about: string;
  /** The command that starts the store, where it needs no harness. */
  readonly command?: string;
  readonly files: Readonly<Record<string, string>>;
}

function findTemplate(name: string): Template {
  const known = Object.entries<Template>(templates);
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

function makeReadme(directory: string, judged: readonly string[]): string {
  const run = (...args: string[]) =>
    commandFor([...judged, ...args], directory);
  const isModule = judged.includes(HARNESS);
  // Only the modules of a harness can be watched.
  const again = isModule ? ["--failed", "--watch"] : ["--failed"];
  return `## Does it keep the contract?

\`${
    judged.at(-1)
  }\` tells the conformance kit how to open the store. All cases, then
only what failed${
    isModule ? ", again whenever a file changes" : ""
  }, and a page to look at:

\`\`\`sh
${run()}
${run(...again)}
${run("--report", "html=report.html")}
\`\`\`
`;
}
