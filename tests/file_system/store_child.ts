/**
 * A process of its own that uses a file-system store:
 * `deno run -A store_child.ts <command> <root> [argument …]`. It exits with 0
 * if all went well.
 *
 * @module
 */

import { isObjectStoreError } from "../../src/errors.ts";
import { FileSystemDriver } from "../../src/file_system/driver.ts";
import { FileSystemObjectStore } from "../../src/file_system/store.ts";
import { setgid, setuid } from "node:process";

const [command = "", root = "", ...args] = Deno.args;
const commands: Record<string, () => Promise<void>> = {
  share,
  hang,
  asNobody,
};
await commands[command]?.();

/** Writes and reads one object and many of its own, beside other processes that do so. */
async function share(): Promise<void> {
  const [directory = "", id = "", rounds = "0"] = args;
  await using store = new FileSystemObjectStore({ root, prefix: "shared" });
  const source = `${directory}/${id}.source`;
  const copy = `${directory}/${id}.copy`;
  for (let round = 0; round < Number(rounds); round++) {
    // Each process has a size and a byte of its own, so that a mixture shows.
    const size = 1_100_000 + Number(id) * 4099;
    await Deno.writeFile(source, new Uint8Array(size).fill(Number(id)));
    await store.uploadObject("same", source);
    await store.uploadObject(`new/${round}/${id}`, source);
    await store.downloadObject("same", copy, { overwrite: true });

    const bytes = await Deno.readFile(copy);
    const [first = -1] = bytes;
    const isWhole = bytes.length === 1_100_000 + first * 4099 &&
      bytes.every((byte) => byte === first);
    if (!isWhole) throw new Error(`Round ${round} found a mixture`);
  }
}

/** Says that half of an upload is on disk, and waits to be killed. */
async function hang(): Promise<void> {
  const driver = new FileSystemDriver({ root, isSynced: false });
  const upload = await driver.startUpload("half/done");
  await upload.writePart({
    index: 0,
    offset: 0,
    size: 1000,
    async *chunks() {},
    read: (buffer) => Promise.resolve(void buffer.fill(1)),
  }, { signal: new AbortController().signal });
  console.log("written");
  await new Promise((resolve) => setTimeout(resolve, 60_000));
}

/** Tries each operation without the rights of root, and prints how it ended. */
async function asNobody(): Promise<void> {
  const [directory = ""] = args;
  await using store = new FileSystemObjectStore({ root });
  setgid?.(65534);
  setuid?.(65534);
  const outcomes = [];
  for (
    const operate of [
      () => store.getObjectSize("readable"),
      () => store.downloadObject("readable", `${directory}/copy`),
      () => store.downloadObject("unreadable", `${directory}/other`),
      () => store.uploadObject("new", `${directory}/source`),
      () => store.uploadObject("readable", `${directory}/source`),
    ]
  ) {
    outcomes.push(
      await operate().then(
        (value) => value ?? "done",
        (error) => [error.code, isObjectStoreError(error)],
      ),
    );
  }
  console.log(JSON.stringify(outcomes));
}
