/**
 * Checks that the package can be published, as far as that can be known without the registry: which
 * files would go out, their names and sizes, what they import, and the links of the pages. Then it
 * runs `deno publish --dry-run`: on JSR where that answers, or else on a registry on loopback that
 * has the stand-ins for `@std`.
 *
 * @module
 */
import { startLoopbackRegistry } from "./loopback_registry.ts";

/** Where the files are that are not published; pages link to them there. */
export const REPOSITORY_URL = "https://github.com/storekit/object-store";

const ROOT = new URL("../", import.meta.url);
/** JSR's limits: bytes of a path, of a file and of all, and the number of files. */
const LIMITS = {
  path: 160,
  file: 4 * 2 ** 20,
  all: 20 * 2 ** 20,
  files: 1000,
} as const;
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)$/i;
const PATH = /^[a-zA-Z0-9$()+\-.@[\]_{}~/]+$/;
/** Files that import a module which the user names or has to install: no module graph is to hold it. */
const LOADS_USERS_MODULES = [
  "conformance/cli/load_harness.ts",
  "conformance/runner/process/child_main.ts",
  "src/opendal/operator.ts",
];
const STATIC =
  /^(?:import|export)\b[^"';]*?\bfrom\s*"([^"]+)"|^import\s*"([^"]+)"/gm;
const DYNAMIC = /\bimport\s*\(\s*([^)]*?)\s*\)/g;

if (import.meta.main) Deno.exit(await main());

async function main(): Promise<number> {
  const files = await listPublished();
  const sources = new Map<string, string>();
  const sizes = new Map<string, number>();
  for (const file of files) {
    const bytes = await Deno.readFile(new URL(file, ROOT));
    sizes.set(file, bytes.length);
    sources.set(file, new TextDecoder().decode(bytes));
  }
  const config = JSON.parse(
    await Deno.readTextFile(new URL("deno.json", ROOT)),
  );
  const problems = [
    ...checkPaths(files),
    ...checkSizes(sizes),
    ...checkImports(sources, Object.keys(config.imports), config.name),
    ...checkExports(config.exports, files),
    ...await checkLinks(sources),
  ];
  for (const problem of problems) console.error(problem);
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  console.log(
    `${files.length} files, ${
      Math.ceil(total / 1024)
    } KiB would be published: ${
      problems.length === 0 ? "ok" : `${problems.length} problems`
    }`,
  );
  if (problems.length > 0) return 1;
  return await dryRun();
}

/**
 * Files that `deno publish` would take: what git tracks or would track, less `publish.exclude`.
 *
 * @returns Paths below the repository's root, sorted.
 * @throws {Error} If git cannot list the files.
 */
export async function listPublished(): Promise<string[]> {
  const { success, stdout, stderr } = await new Deno.Command("git", {
    args: ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    cwd: ROOT,
  }).output();
  const decoder = new TextDecoder();
  if (!success) {
    throw new Error(`Cannot list files: ${decoder.decode(stderr).trim()}`);
  }
  const config = JSON.parse(
    await Deno.readTextFile(new URL("deno.json", ROOT)),
  );
  const excluded: string[] = config.publish.exclude;
  const pattern = excluded.find((path) => /[*?[{!]/.test(path));
  if (pattern !== undefined) {
    throw new Error(
      `Cannot list files as 'publish.exclude' has a pattern, and only paths are read here: current value is "${pattern}"`,
    );
  }
  const isExcluded = (file: string) =>
    excluded.some((path) => file === path || file.startsWith(`${path}/`));
  const paths = decoder.decode(stdout).split("\0").filter((path) =>
    path !== "" && !isExcluded(path)
  );
  const there = await Promise.all(paths.map(isFile));
  return paths.filter((_, index) => there[index]).sort();
}

/**
 * Problems of names: reserved on Windows, odd characters, too long, equal but for letter case.
 *
 * @param files Paths below the root of the package.
 * @returns A line for each problem.
 */
export function checkPaths(files: readonly string[]): string[] {
  const problems: string[] = [];
  const seen = new Map<string, string>();
  for (const file of files) {
    if (file.length > LIMITS.path) {
      problems.push(`${file}: the path is longer than ${LIMITS.path} bytes`);
    }
    if (!PATH.test(file)) {
      problems.push(`${file}: the path has a character that JSR refuses`);
    }
    for (const segment of file.split("/")) {
      const [stem = ""] = segment.split(".");
      if (RESERVED.test(stem)) {
        problems.push(`${file}: Windows reserves the name "${segment}"`);
      }
      if (/[. ]$/.test(segment)) {
        problems.push(`${file}: "${segment}" ends in a dot or a space`);
      }
    }
    const other = seen.get(file.toLowerCase());
    if (other) problems.push(`${file}: differs from ${other} in case alone`);
    seen.set(file.toLowerCase(), file);
  }
  return problems;
}

/**
 * Problems of sizes: a file, or all together, beyond the registry's limits.
 *
 * @param sizes Bytes of each file.
 * @returns A line for each problem.
 */
export function checkSizes(sizes: ReadonlyMap<string, number>): string[] {
  const problems = [...sizes].filter(([, size]) => size > LIMITS.file).map((
    [file, size],
  ) => `${file}: ${size} bytes are more than ${LIMITS.file}`);
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  if (total > LIMITS.all) {
    problems.push(`${total} bytes in all are more than ${LIMITS.all}`);
  }
  if (sizes.size > LIMITS.files) {
    problems.push(`${sizes.size} files are more than ${LIMITS.files}`);
  }
  return problems;
}

/**
 * Problems of imports: of a file that is not published, of a package that `imports` does not
 * declare, of a name that is put together and that nothing can resolve ahead.
 *
 * @param sources Text of each published file.
 * @param declared Keys of `imports` in `deno.json`.
 * @param self The package's own name, which only examples in comments import.
 * @returns A line for each problem.
 */
export function checkImports(
  sources: ReadonlyMap<string, string>,
  declared: readonly string[],
  self: string,
): string[] {
  const problems: string[] = [];
  for (const [file, source] of sources) {
    if (!/\.[cm]?[jt]sx?$/.test(file)) continue;
    const text = stripComments(source);
    const specifiers = [...text.matchAll(STATIC)].map(([, from, bare]) =>
      from ?? bare ?? ""
    );
    for (const [, argument = ""] of text.matchAll(DYNAMIC)) {
      const literal = argument.match(/^"([^"]+)"$/)?.[1];
      if (literal !== undefined) specifiers.push(literal);
      else if (!LOADS_USERS_MODULES.includes(file)) {
        problems.push(`${file}: import(${argument}) cannot be resolved ahead`);
      }
    }
    for (const specifier of specifiers) {
      const problem = checkSpecifier(file, specifier);
      if (problem !== undefined) problems.push(`${file}: ${problem}`);
    }
  }
  return problems;

  function checkSpecifier(file: string, specifier: string): string | undefined {
    if (specifier.startsWith("node:")) return undefined;
    if (/^\.{1,2}\//.test(specifier)) {
      const url = new URL(specifier, new URL(file, "file:///"));
      return sources.has(url.pathname.slice(1))
        ? undefined
        : `"${specifier}" is not published`;
    }
    if (/^[a-z]+:/.test(specifier)) {
      return `"${specifier}" belongs into 'imports' of deno.json`;
    }
    const [first = "", second = ""] = specifier.split("/");
    const name = first.startsWith("@") ? `${first}/${second}` : first;
    if (name === self) return `"${specifier}" is the package itself`;
    return declared.includes(name) || declared.includes(specifier)
      ? undefined
      : `"${specifier}" is not declared in 'imports' of deno.json`;
  }
}

function checkExports(
  exports: Record<string, string>,
  files: readonly string[],
): string[] {
  return Object.entries(exports)
    .filter(([, path]) => !files.includes(path.replace("./", "")))
    .map(([entry, path]) => `deno.json: "${entry}" is ${path}, not published`);
}

/** Problems of links in pages: to a file that is not published, or not in the repository. */
async function checkLinks(
  sources: ReadonlyMap<string, string>,
): Promise<string[]> {
  const problems: string[] = [];
  for (const [file, text] of sources) {
    if (!file.endsWith(".md")) continue;
    const links = [
      ...text.matchAll(/\]\(([^)\s]+)\)/g),
      ...text.matchAll(/^\[[^\]]+\]:\s*(\S+)/gm),
    ].map(([, link = ""]) => link);
    for (const link of links) {
      const [path = ""] = link.split("#");
      if (path === "" || path.startsWith("mailto:")) continue;
      if (path.startsWith(`${REPOSITORY_URL}/`)) {
        const below = path.slice(REPOSITORY_URL.length)
          .replace(/^\/(blob|tree|raw)\/main\//, "");
        if (!await exists(below)) {
          problems.push(`${file}: ${link} is not in the repository`);
        }
      } else if (!/^[a-z]+:/.test(path)) {
        const url = new URL(path, new URL(file, "file:///"));
        if (!sources.has(url.pathname.slice(1))) {
          problems.push(
            `${file}: ${link} is not published: link to ${REPOSITORY_URL}`,
          );
        }
      }
    }
  }
  return problems;
}

async function dryRun(): Promise<number> {
  // tools/deno.ts has found out whether JSR answers.
  if (Deno.env.get("OBJECT_STORE_STD") === "jsr") return await publish({});
  await using registry = await startLoopbackRegistry();
  return await publish({ JSR_URL: registry.url });
}

async function publish(env: Record<string, string>): Promise<number> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["publish", "--dry-run", "--allow-dirty", "--no-provenance"],
    cwd: ROOT,
    env,
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn().status;
  return success ? 0 : 1;
}

/**
 * Source without lines that are comments, so that no example in them counts as an import.
 *
 * @param text The source.
 * @returns The rest; its lines keep their numbers.
 */
export function stripComments(text: string): string {
  return text.replace(/^ *(?:\/\*\*?|\*|\/\/).*$/gm, "");
}

async function isFile(path: string): Promise<boolean> {
  return (await look(path))?.isFile ?? false;
}

async function exists(path: string): Promise<boolean> {
  return await look(path) !== undefined;
}

/** What is at a path below the root; what git lists may have been removed since. */
async function look(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.lstat(new URL(path, ROOT));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
