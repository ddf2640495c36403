/**
 * Gets the real servers that the tests use beside the embedded one: `deno task servers`; with
 * `--services` OpenDAL and emulators of services that it speaks to, too. It installs the pinned
 * versions into `.tools/` where Go is there, and otherwise uses what an environment variable names
 * or `PATH` has, or says what to do.
 *
 * @module
 */

import { fromFileUrl, join } from "@std/path";
import { installPackages, PACKAGES } from "./npm_packages.ts";

const REPOSITORY = new URL("../../", import.meta.url);
const DIRECTORY = fromFileUrl(new URL(".tools/bin/", REPOSITORY));
const REPORT_MS = 15_000;

/** A server that is built from its source. */
export interface ServerProgram {
  /** The program's name. */
  readonly name: string;
  /** The environment variable that may name the program. */
  readonly variable: string;
  /** The Go module. */
  readonly module: string;
  /** The package in it. */
  readonly package: string;
  /** The version, pinned. */
  readonly version: string;
}

/** MinIO's server. */
export const MINIO: ServerProgram = {
  name: "minio",
  variable: "OBJECT_STORE_MINIO",
  module: "github.com/minio/minio",
  package: "github.com/minio/minio",
  version: "v0.0.0-20260212201848-7aac2a2c5b7c",
};
/** VersityGW. */
export const VERSITYGW: ServerProgram = {
  name: "versitygw",
  variable: "OBJECT_STORE_VERSITYGW",
  module: "github.com/versity/versitygw",
  package: "github.com/versity/versitygw/cmd/versitygw",
  version: "v1.8.0",
};

/** An emulator of Google Cloud Storage. */
export const FAKE_GCS: ServerProgram = {
  name: "fake-gcs-server",
  variable: "OBJECT_STORE_FAKE_GCS",
  module: "github.com/fsouza/fake-gcs-server",
  package: "github.com/fsouza/fake-gcs-server",
  version: "v1.56.1",
};

/** The option that gets more than the servers of S3. */
const SERVICES = "--services";

if (import.meta.main) Deno.exit(await main(Deno.args));

/**
 * Finds a server's program: the one that its environment variable names, else
 * the one that was installed, else one on `PATH`.
 *
 * @returns Its path, or `undefined` if there is none.
 * @throws {Error} If the environment variable names none.
 */
export async function findProgram(
  program: Pick<ServerProgram, "name" | "variable">,
): Promise<string | undefined> {
  const named = Deno.env.get(program.variable);
  if (named) {
    if (await isFile(named)) return named;
    throw new Error(
      `Cannot use ${program.name} as '${program.variable}' names no file: current value is "${named}"`,
    );
  }
  const installed = join(DIRECTORY, program.name);
  if (await isFile(installed)) return installed;
  return await findOnPath(program.name);
}

async function main(args: readonly string[]): Promise<number> {
  const wrong = args.find((arg) => arg !== SERVICES);
  if (wrong !== undefined) {
    console.error(
      `Cannot get servers as the option "${wrong}" is unknown: there is only '${SERVICES}', for OpenDAL and emulators of services that it speaks to`,
    );
    return 2;
  }
  const hasServices = args.includes(SERVICES);
  const go = await findOnPath("go");
  let missing = 0;
  for (const program of [MINIO, VERSITYGW, ...hasServices ? [FAKE_GCS] : []]) {
    try {
      console.log(`${program.name}: ${await provide(program, go)}`);
    } catch (error) {
      missing++;
      const message = error instanceof Error ? error.message : String(error);
      console.error(`${program.name}: ${message}`);
    }
  }
  if (hasServices) {
    try {
      await installPackages();
      console.log(`${PACKAGES.join(", ")}: installed`);
    } catch (error) {
      missing++;
      console.error(error instanceof Error ? error.message : String(error));
    }
  }
  return missing === 0 ? 0 : 1;
}

async function provide(
  program: ServerProgram,
  go: string | undefined,
): Promise<string> {
  const { name, variable, version } = program;
  const named = Deno.env.get(variable);
  if (named) return `${await findProgram(program)}, from '${variable}'`;
  const installed = join(DIRECTORY, name);
  if (go) {
    if (await readVersion(go, installed) === version) {
      return `${version} is installed`;
    }
    await install(program, go);
    return `${version} has been installed`;
  }
  const found = await findProgram(program);
  if (found) return `${found}, of whatever version`;
  throw new Error(
    `not here. Install Go and run this again, put ${name} on PATH, or name it in '${variable}'`,
  );
}

/** The version of the module that a program was built from. */
async function readVersion(
  go: string,
  path: string,
): Promise<string | undefined> {
  if (!await isFile(path)) return undefined;
  const { stdout } = await new Deno.Command(go, {
    args: ["version", "-m", path],
    stderr: "null",
  }).output();
  return new TextDecoder().decode(stdout).match(/^\tmod\t\S+\t(\S+)/m)?.[1];
}

async function install(program: ServerProgram, go: string): Promise<void> {
  const { name, version } = program;
  const begin = performance.now();
  const seconds = () => Math.round((performance.now() - begin) / 1000);
  console.log(`${name}: building ${version}, which takes minutes`);
  await Deno.mkdir(DIRECTORY, { recursive: true });
  const child = new Deno.Command(go, {
    args: ["install", "-v", `${program.package}@${version}`],
    env: { GOBIN: DIRECTORY, GOFLAGS: "-mod=mod" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  // It prints a line for each package that it has built.
  let count = 0;
  let tail = "";
  const timer = setInterval(
    () => console.log(`${name}: ${count} packages built, ${seconds()} s`),
    REPORT_MS,
  );
  try {
    const output = child.stderr.pipeThrough(new TextDecoderStream());
    for await (const text of output) {
      count += text.split("\n").length - 1;
      tail = (tail + text).slice(-2000);
    }
  } finally {
    clearInterval(timer);
  }
  const { code } = await child.status;
  if (code === 0) return;
  throw new Error(`'go install' ended with code ${code}:\n${tail}`);
}

async function findOnPath(name: string): Promise<string | undefined> {
  const isWindows = Deno.build.os === "windows";
  const directories = Deno.env.get("PATH")?.split(isWindows ? ";" : ":") ?? [];
  for (const directory of directories) {
    const path = join(directory, isWindows ? `${name}.exe` : name);
    if (await isFile(path)) return path;
  }
  return undefined;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}
