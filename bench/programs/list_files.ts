/**
 * Counts what lies below a directory: with the file-system store, or with
 * `Deno.readDir()` alone. `deno run -A list_files.ts <store|bare> <root> <result>`.
 *
 * @module
 */

import { FileSystemObjectStore } from "../../src/file_system/store.ts";

const [way, root = "", result = ""] = Deno.args;
let count = 0;
if (way === "store") {
  await using store = new FileSystemObjectStore({ root });
  for await (const _ of store.listObjects()) count++;
} else await countBelow(root);
await Deno.writeTextFile(result, `${count}`);

async function countBelow(directory: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(directory)) {
    if (isDirectory) await countBelow(`${directory}/${name}`);
    else count++;
  }
}
