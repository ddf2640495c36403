/**
 * The process that `StoreProcess` starts: `deno run -A store_child.ts <root>`.
 *
 * @module
 */

import { FileSystemObjectStore } from "../../src/file_system/store.ts";

const [root = ""] = Deno.args;
await using store = new FileSystemObjectStore({ root });
const commands: Record<string, (...args: string[]) => Promise<void>> = {
  upload: (name = "", path = "") => store.uploadObject(name, path),
  download: (name = "", path = "") => store.downloadObject(name, path),
  size: async (name = "") => void await store.getObjectSize(name),
  small: runSmallOperations,
};

let rest = "";
const input = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
for await (const text of input) {
  const lines = (rest + text).split("\n");
  rest = lines.pop() ?? "";
  for (const line of lines) {
    const [name, ...args] = JSON.parse(line);
    const begin = performance.now();
    await commands[name]?.(...args);
    console.log(performance.now() - begin);
  }
}

/** Uploads, sizes and downloads of 4 KiB, sixteen under way at once. */
async function runSmallOperations(
  source = "",
  directory = "",
  count = "0",
): Promise<void> {
  let begun = 0;
  const workers = Array.from({ length: 16 }, async (_, worker) => {
    const name = `small/${worker}`;
    for (let round = 0; begun < Number(count); round++) {
      begun++;
      if (round % 3 === 0) await store.uploadObject(name, source);
      else if (round % 3 === 1) await store.getObjectSize(name);
      else {
        const options = { overwrite: true };
        await store.downloadObject(name, `${directory}/${worker}`, options);
      }
    }
  });
  await Promise.all(workers);
}
