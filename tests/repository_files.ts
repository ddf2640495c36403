/** The root of the repository. */
export const REPOSITORY = new URL("../", import.meta.url);

const FOLDERS = ["bench", "conformance", "examples", "src", "tests", "tools"];

/**
 * Files in the folders of the repository that hold sources and their pages.
 *
 * @param pattern What the names of files match.
 * @returns Paths below the root, sorted.
 */
export async function listFiles(pattern: RegExp): Promise<string[]> {
  const files: string[] = [];
  const folders = [...FOLDERS];
  for (let folder; (folder = folders.pop()) !== undefined;) {
    const url = new URL(`${folder}/`, REPOSITORY);
    for await (const { name, isDirectory } of Deno.readDir(url)) {
      const path = `${folder}/${name}`;
      if (isDirectory) folders.push(path);
      else if (pattern.test(name)) files.push(path);
    }
  }
  return files.sort();
}
