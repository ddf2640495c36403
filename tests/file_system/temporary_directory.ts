import { join } from "@std/path";

/** A fresh directory, removed with all that is in it when it is disposed of. */
export interface TemporaryDirectory extends AsyncDisposable {
  /** Its absolute path. */
  readonly path: string;
  /** The path of something in it. */
  join(...names: string[]): string;
  /** Writes a file in it, and returns its path. */
  write(name: string, content: string | Uint8Array): Promise<string>;
  /** The paths of all that is in it, relative to it, sorted; directories end in `/`. */
  list(): Promise<string[]>;
}

export async function makeTemporaryDirectory(
  options: Deno.MakeTempOptions = {},
): Promise<TemporaryDirectory> {
  const path = await Deno.realPath(
    await Deno.makeTempDir({ prefix: "storekit_test_", ...options }),
  );
  return {
    path,
    join: (...names) => join(path, ...names),
    async write(name, content) {
      const file = join(path, name);
      if (typeof content === "string") await Deno.writeTextFile(file, content);
      else await Deno.writeFile(file, content);
      return file;
    },
    list: async () => (await listBelow(path, "")).sort(),
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

async function listBelow(root: string, inner: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const entry of Deno.readDir(join(root, inner))) {
    const path = inner + entry.name;
    paths.push(entry.isDirectory ? `${path}/` : path);
    if (entry.isDirectory) paths.push(...await listBelow(root, `${path}/`));
  }
  return paths;
}
