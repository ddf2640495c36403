import { join } from "node:path";
import { writeNpmLayout } from "../../tools/npm_layout.ts";

/** A project in which the package is as JSR gives it to npm. */
export interface NpmProject extends AsyncDisposable {
  /** Its directory. */
  readonly directory: string;
  /** The path of a module of the repository there. */
  pathOf(module: string): string;
  /** Writes a file of the project. */
  write(name: string, text: string): Promise<void>;
}

/**
 * Makes a project.
 *
 * @param modules Modules of the repository that it has besides what is published.
 * @param packages Packages that npm installs there, each with its version.
 * @throws {Error} If npm cannot install them.
 */
export async function makeNpmProject(
  modules: readonly string[] = [],
  packages: readonly string[] = [],
): Promise<NpmProject> {
  const directory = await Deno.realPath(
    await Deno.makeTempDir({ prefix: "storekit_npm_" }),
  );
  // First, as npm removes what it has not installed itself.
  if (packages.length > 0) await install(directory, packages);
  await writeNpmLayout(directory, { modules });
  return {
    directory,
    pathOf: (module) =>
      join(
        directory,
        "node_modules/@storekit/object-store",
        module.replace(/\.ts$/, ".js"),
      ),
    write: (name, text) => Deno.writeTextFile(join(directory, name), text),
    async [Symbol.asyncDispose]() {
      await Deno.remove(directory, { recursive: true });
    },
  };
}

async function install(
  directory: string,
  packages: readonly string[],
): Promise<void> {
  const { success, stderr } = await new Deno.Command("npm", {
    args: [
      ...["install", "--no-audit", "--no-fund", "--loglevel=error"],
      ...packages,
    ],
    cwd: directory,
    stdin: "null",
    stdout: "null",
  }).output();
  if (success) return;
  await Deno.remove(directory, { recursive: true });
  const text = new TextDecoder().decode(stderr).trim();
  throw new Error(`npm cannot install ${packages.join(", ")}: ${text}`);
}
