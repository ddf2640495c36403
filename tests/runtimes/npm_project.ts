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
 * @param modules Modules of tests that it has besides what is published.
 */
export async function makeNpmProject(
  modules: readonly string[] = [],
): Promise<NpmProject> {
  const directory = await Deno.realPath(
    await Deno.makeTempDir({ prefix: "storekit_npm_" }),
  );
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
