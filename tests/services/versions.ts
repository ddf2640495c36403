import { join } from "@std/path";
import {
  findProgram,
  type ServerProgram,
} from "../../tools/servers/install.ts";
import { findPackage } from "../../tools/servers/npm_packages.ts";

/**
 * Version of a server that `deno task servers` builds: the pinned one, or what is known of another.
 *
 * @param program Which.
 */
export async function versionOfServer(program: ServerProgram): Promise<string> {
  const path = await findProgram(program);
  const isBuilt = path?.includes(join(".tools", "bin", program.name)) ?? false;
  return isBuilt ? formatVersion(program.version) : "of unknown version";
}

/**
 * Version that a program tells of itself.
 *
 * @param name The program's name.
 * @param flag The option that asks for it.
 * @returns The first thing in its answer that looks like a version.
 */
export async function versionOfProgram(
  name: string,
  flag: string,
): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(name, {
    args: [flag],
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  const text = decoder.decode(stdout) + decoder.decode(stderr);
  return text.match(/\d+(?:\.\d+)+/)?.[0] ?? "of unknown version";
}

/** Version of a package in `.tools/npm/`. */
export async function versionOfPackage(name: string): Promise<string> {
  const directory = await findPackage(name);
  if (directory === undefined) return "of unknown version";
  const text = await Deno.readTextFile(join(directory, "package.json"));
  return JSON.parse(text).version;
}

/**
 * Version of a package that a module imports, as this machine has it.
 *
 * @param module The module.
 * @param name The package's name.
 */
export async function versionOfImport(
  module: URL,
  name: string,
): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "info",
      ...JSON.parse(Deno.env.get("STOREKIT_DENO_ARGS") ?? "[]"),
      ...["--json", module.href],
    ],
    stdin: "null",
    stderr: "null",
  }).output();
  const { npmPackages } = JSON.parse(new TextDecoder().decode(stdout));
  const found: { name: string; version: string }[] = Object.values(npmPackages);
  return found.find((each) => each.name === name)?.version ??
    "of unknown version";
}

/** The date of a Go module without versions; MinIO's server is one. */
function formatVersion(version: string): string {
  const [, year, month, day] = version.match(/^v0\.0\.0-(\d{4})(\d\d)(\d\d)/) ??
    [];
  return year === undefined
    ? version.replace(/^v/, "")
    : `${year}-${month}-${day}`;
}
