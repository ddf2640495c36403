import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { saveDestination } from "../../src/local/saved_file.ts";
import { makeTemporaryDirectory } from "../file_system/temporary_directory.ts";

const OPTIONS = { objectName: "a", uri: "x:a", overwrite: false };

/** A saved file for a new path in a directory that is not there yet. */
async function start() {
  const directory = await makeTemporaryDirectory();
  const path = directory.join("new/inner/file");
  const file = await saveDestination({ ...OPTIONS, path });
  return {
    directory,
    file,
    path,
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
}

// The sanitizers of `deno test` see to it that each file is closed.
Deno.test("SavedFile publishes all writes that are under way, and is not discarded afterwards", async () => {
  await using at = await start();
  const bytes = new Uint8Array(2 ** 21).fill(1);
  const writing = at.file.write(bytes, 0);
  await at.file.publish();
  await writing;
  await at.file.discard();
  assertEquals(await at.directory.list(), [
    "new/",
    "new/inner/",
    "new/inner/file",
  ]);
  assertEquals((await Deno.stat(at.path)).size, bytes.length);
});

Deno.test("SavedFile leaves neither its file nor a directory that it made when it is discarded", async () => {
  await using at = await start();
  await at.file.write(new Uint8Array(10), 0);
  const { link, linkSync } = Deno;
  const full = Object.assign(new Error("the disk is full"), { code: "ENOSPC" });
  // Fails once the parents are made.
  function failing(from: string, to: string): void {
    linkSync(from, to);
    Deno.removeSync(to);
    throw full;
  }
  Object.assign(Deno, {
    linkSync: failing,
    link: (from: string, to: string) =>
      Promise.resolve().then(() => failing(from, to)),
  });
  try {
    const error = await assertRejects(() => at.file.publish());
    assertStrictEquals(error, full);
  } finally {
    Object.assign(Deno, { link, linkSync });
  }
  await at.file.discard();
  assertEquals(await at.directory.list(), []);
});

Deno.test("saveDestination() tells at once that the way to the destination is no directory", async () => {
  await using directory = await makeTemporaryDirectory();
  const file = await directory.write("file", "x");
  const saving = saveDestination({ ...OPTIONS, path: `${file}/a/b` });
  const error = await assertRejects(() => saving);
  assertEquals((error as { code?: unknown }).code, "ENOTDIR");
  assertEquals(await directory.list(), ["file"]);
});
