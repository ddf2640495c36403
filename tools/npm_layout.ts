/**
 * Lays the package out as a project with npm finds it when it comes from JSR: types stripped,
 * endings and specifiers rewritten, `@std` under the names of JSR's npm registry. Node and Bun run
 * what is published from there.
 *
 * ```sh
 * deno run -A tools/deno.ts run -A tools/npm_layout.ts /tmp/project
 * cd /tmp/project && node node_modules/@storekit/object-store/conformance/cli.js ./my_harness.js
 * ```
 *
 * As JSR does it (`api/src/npm/` of its source), but for declarations and source maps: no run needs
 * them. Files that no module imports are left out there, so they are here.
 *
 * @module
 */
import ts from "typescript";
import { dirname, join } from "node:path";
import standIns from "./std_stand_ins/import_map.json" with { type: "json" };

const REPOSITORY = new URL("../", import.meta.url);
/** A package of npm with its version, as Deno imports it. */
const NPM = /^npm:((?:@[^/@]+\/)?[^/@]+)@[^/]+$/;
const STAND_INS = new URL("./std_stand_ins/", import.meta.url);

/** A package before and after. */
interface Package {
  /** Its directory in `node_modules`. */
  readonly name: string;
  /** Where its sources are. */
  readonly root: URL;
  /** Modules by the name of the export, relative to the root. */
  readonly exports: Readonly<Record<string, string>>;
  /** Modules that are not published and are laid out all the same. */
  readonly others?: readonly string[];
  /** Targets of bare specifiers, as in `deno.json`. */
  readonly imports: Readonly<Record<string, string>>;
}

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main([directory, ...modules]: string[]): Promise<number> {
  if (directory === undefined) {
    console.error("Usage: npm_layout.ts <directory> [module of tests/ ...]");
    return 2;
  }
  const count = await writeNpmLayout(directory, { modules });
  console.log(`${count} files are in ${join(directory, "node_modules")}`);
  return 0;
}

/**
 * Writes `node_modules/` with the package and the stand-ins for `@std`, and a `package.json` that
 * makes the directory a project of modules. Packages from npm are not installed: only the stores on
 * a client of their own need them.
 *
 * @param directory The project; made when it is not there.
 * @param options Further modules of the repository that a test runs there, such as a harness.
 * @returns How many files have been written to `node_modules/`.
 * @throws {Error} If a module of the package imports what it does not declare.
 */
export async function writeNpmLayout(
  directory: string,
  { modules = [] }: { modules?: readonly string[] } = {},
): Promise<number> {
  const config = JSON.parse(
    await Deno.readTextFile(new URL("deno.json", REPOSITORY)),
  );
  const own: Package = {
    name: config.name,
    root: REPOSITORY,
    exports: config.exports,
    imports: config.imports,
    others: modules,
  };
  await Deno.mkdir(directory, { recursive: true });
  await Deno.writeTextFile(
    join(directory, "package.json"),
    JSON.stringify({ private: true, type: "module" }),
  );
  let count = 0;
  for (const one of [own, ...listStandIns()]) {
    count += await writePackage(join(directory, "node_modules"), one);
  }
  return count;
}

/**
 * Finds the packages of npm that a module imports itself, for `npm install`.
 *
 * @param module A module of the repository, relative to it.
 * @returns Their names, each with its version.
 */
export async function findNpmPackages(module: string): Promise<string[]> {
  const { imports } = JSON.parse(
    await Deno.readTextFile(new URL("deno.json", REPOSITORY)),
  );
  const text = await Deno.readTextFile(new URL(module, REPOSITORY));
  return ts.preProcessFile(text, true, true).importedFiles
    .map(({ fileName }) => `${imports[fileName] ?? fileName}`)
    .filter((specifier) => NPM.test(specifier))
    .map((specifier) => specifier.slice("npm:".length));
}

/** The stand-ins as packages: `@std/async/delay` is the export `./delay` of `@jsr/std__async`. */
function listStandIns(): Package[] {
  const exports = new Map<string, Record<string, string>>();
  for (const [specifier, target] of Object.entries(standIns.imports)) {
    const [, name = "", path = ""] =
      specifier.match(/^(@std\/[^/]+)(\/.*)?$/) ?? [];
    if (name === "") continue;
    const found = exports.get(name) ?? {};
    exports.set(name, { ...found, [`.${path}`]: target });
  }
  return [...exports].map(([name, exports]) => ({
    name: toNpmName(name),
    root: STAND_INS,
    exports,
    imports: {},
  }));
}

/** Writes the modules that the exports reach, and the `package.json`. */
async function writePackage(
  modules: string,
  { name, root, exports, imports, others = [] }: Package,
): Promise<number> {
  const directory = join(modules, name);
  const waiting = [...Object.values(exports), ...others].map((path) =>
    new URL(path, root).href
  );
  const seen = new Set(waiting);
  for (let url = waiting.shift(); url; url = waiting.shift()) {
    const path = url.slice(root.href.length);
    let text = await Deno.readTextFile(new URL(url));
    if (path.endsWith(".ts")) {
      const module = transpile(text, path, imports);
      text = module.text;
      for (const specifier of module.relative) {
        const target = new URL(specifier, url).href;
        if (seen.has(target)) continue;
        seen.add(target);
        waiting.push(target);
      }
    }
    await writeFile(join(directory, toJs(path)), text);
  }
  const description = {
    name: toNpmName(name),
    version: "0.0.0",
    type: "module",
    exports: Object.fromEntries(
      Object.entries(exports).map(([key, path]) => [key, toJs(path)]),
    ),
  };
  await writeFile(
    join(directory, "package.json"),
    JSON.stringify(description, undefined, 2),
  );
  return seen.size + 1;
}

/** Strips the types of a module and rewrites what it imports; `relative` is what it imports of its own package. */
function transpile(
  source: string,
  path: string,
  imports: Readonly<Record<string, string>>,
): { text: string; relative: string[] } {
  const relative: string[] = [];
  const { importedFiles } = ts.preProcessFile(source, true, true);
  let rewritten = source;
  // From the end, so that the places of the others stay right.
  for (const { fileName, pos, end } of importedFiles.reverse()) {
    let target: string;
    if (fileName.startsWith(".")) {
      relative.push(fileName);
      target = toJs(fileName);
    } else target = toNpmSpecifier(fileName, path, imports);
    // The places are those of the quotes, or of what is between them.
    const found = rewritten.indexOf(fileName, pos);
    if (found === -1 || found > end) {
      throw new Error(`Cannot rewrite "${fileName}" in ${path}`);
    }
    rewritten = rewritten.slice(0, found) + target +
      rewritten.slice(found + fileName.length);
  }
  const { outputText } = ts.transpileModule(rewritten, {
    fileName: path,
    compilerOptions: {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ESNext,
      isolatedModules: true,
    },
  });
  return { text: outputText, relative };
}

function toNpmSpecifier(
  specifier: string,
  path: string,
  imports: Readonly<Record<string, string>>,
): string {
  if (specifier.startsWith("node:")) return specifier;
  const [, npmName] = specifier.match(NPM) ?? [];
  if (npmName !== undefined) return npmName;
  const [name = ""] = specifier.match(/^(@[^/]+\/)?[^/]+/) ?? [];
  // An example imports the package by its name, which a package may do of itself.
  if (name === "@storekit/object-store") return specifier;
  const target = imports[name];
  if (target === undefined) {
    throw new Error(
      `Cannot lay out the package as ${path} imports "${specifier}", which deno.json does not declare`,
    );
  }
  return target.startsWith("jsr:")
    ? toNpmName(name) + specifier.slice(name.length)
    : specifier;
}

/** `@std/path` is `@jsr/std__path` for npm. */
function toNpmName(name: string): string {
  const [, scope, rest] = name.match(/^@([^/]+)\/(.+)$/) ?? [];
  return `@jsr/${scope}__${rest}`;
}

function toJs(path: string): string {
  return path.replace(/\.ts$/, ".js");
}

async function writeFile(path: string, text: string): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeTextFile(path, text);
}
