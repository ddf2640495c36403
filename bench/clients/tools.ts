import { fromFileUrl, join } from "@std/path";

/** The programs that the clients need, each a path, or `undefined` if it is not here. */
export interface Tools {
  /** The directory that `--install` fills: `node_modules/` and a Python in `python/`. */
  readonly peers: string;
  /** curl. */
  readonly curl: string | undefined;
  /** Node. */
  readonly node: string | undefined;
  /** Bun. */
  readonly bun: string | undefined;
  /** Python, the one in `peers` first. */
  readonly python: string | undefined;
  /** rclone. */
  readonly rclone: string | undefined;
}

/** Where `--install` puts the other clients, out of git's sight. */
export const PEERS = fromFileUrl(
  new URL("../../.tools/peers", import.meta.url),
);

/**
 * Looks for the programs.
 *
 * @param peers The directory of the other clients.
 */
export async function findTools(peers: string): Promise<Tools> {
  // The npm package moves the program when its script has run.
  const moved = join(peers, "node_modules/bun/bin/bun.exe");
  const platform = `${Deno.build.os}-${
    Deno.build.arch === "aarch64" ? "aarch64" : "x64"
  }`;
  const bun = join(peers, "node_modules/@oven", `bun-${platform}`, "bin/bun");
  return {
    peers,
    curl: await findProgram("curl"),
    node: await findProgram("node"),
    bun: await findFile(bun, moved) ?? await findProgram("bun"),
    python: await findPython(join(peers, "python/bin/python3")),
    rclone: await findProgram("rclone"),
  };
}

/**
 * Runs a program that tells a version.
 *
 * @returns The first line it prints, or `undefined` if it fails.
 */
export async function askVersion(
  program: string,
  ...args: string[]
): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command(program, {
      args,
      stdin: "null",
      stderr: "null",
    }).output();
    const [line = ""] = new TextDecoder().decode(stdout).split("\n");
    return success ? line.trim() : undefined;
  } catch {
    return undefined;
  }
}

async function findPython(installed: string): Promise<string | undefined> {
  const found = await findFile(installed) ?? await findProgram("python3");
  // A launcher that looks for the version to use would be measured, too.
  const real = "import sys; print(sys.executable)";
  return found && await askVersion(found, "-c", real);
}

async function findProgram(name: string): Promise<string | undefined> {
  const directories = (Deno.env.get("PATH") ?? "").split(":");
  return await findFile(
    ...directories.map((directory) => join(directory || ".", name)),
  );
}

async function findFile(...paths: string[]): Promise<string | undefined> {
  for (const path of paths) {
    try {
      if ((await Deno.stat(path)).isFile) return path;
    } catch {
      // Whatever cannot be looked at cannot be run.
    }
  }
  return undefined;
}
