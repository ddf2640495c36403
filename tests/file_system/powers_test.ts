import { assertEquals, assertRejects } from "@std/assert";
import { FileSystemObjectStore } from "../../src/file_system/store.ts";
import { ObjectNotFoundError } from "../../src/errors.ts";
import { makeTemporaryDirectory } from "./temporary_directory.ts";

const MIB = 2 ** 20;

function bytesOf(size: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(
    { length: size },
    (_, at) => (at * 7 + (at >> 12)) & 255,
  );
}

for (const sync of [false, true]) {
  Deno.test(`FileSystemObjectStore writes, reads and deletes${sync ? ", synced" : ""}`, async () => {
    await using root = await makeTemporaryDirectory();
    await using store = new FileSystemObjectStore({
      root: root.path,
      prefix: "p",
      sync,
    });
    const bytes = bytesOf(3 * MIB + 7);
    for (
      const data of [bytes, new Blob([bytes]), ReadableStream.from([bytes])]
    ) {
      await store.writeObject("a/b/C", data);
      const content = await store.readObject("a/b/C");
      assertEquals([content.size, await content.bytes()], [
        bytes.length,
        bytes,
      ]);
    }
    const piece = await store.readObject("a/b/C", {
      offset: 5,
      length: 2 * MIB,
    });
    assertEquals(await piece.bytes(), bytes.slice(5, 5 + 2 * MIB));
    const end = await store.readObject("a/b/C", { offset: 2 ** 40 });
    assertEquals([end.size, await end.bytes()], [
      bytes.length,
      new Uint8Array(0),
    ]);
    await store.writeObject("a", "text");
    await store.deleteObject("a/b/C");
    await store.deleteObject("a/b/C");
    assertEquals(await root.list(), ["p+/", "p+/a"]);
    await store.deleteObject("a");
    assertEquals(await root.list(), []);
    await assertRejects(() => store.readObject("a"), ObjectNotFoundError);
  });
}

Deno.test("FileSystemObjectStore deletes no directory, symlink or foreign file", async () => {
  await using root = await makeTemporaryDirectory();
  await using store = new FileSystemObjectStore({ root: root.path });
  await store.writeObject("a/b", "x");
  await Deno.symlink(root.join("a+/b"), root.join("link"));
  await Deno.mkdir(root.join("empty"));
  for (const name of ["a", "link", "empty", "none", "a/b/c"]) {
    await store.deleteObject(name);
  }
  assertEquals(await root.list(), ["a+/", "a+/b", "empty/", "link"]);
});

Deno.test("FileSystemObjectStore reads on of an object that is deleted or replaced meanwhile", async () => {
  await using root = await makeTemporaryDirectory();
  await using store = new FileSystemObjectStore({ root: root.path });
  const bytes = bytesOf(4 * MIB);
  for (const change of ["delete", "replace"]) {
    await store.writeObject("a", bytes);
    const { stream } = await store.readObject("a");
    const reader = stream.getReader();
    const chunks = [(await reader.read()).value!];
    if (change === "delete") await store.deleteObject("a");
    else await store.writeObject("a", "other");
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      chunks.push(value);
    }
    assertEquals(new Uint8Array(await new Blob(chunks).arrayBuffer()), bytes);
  }
});

Deno.test("uploads and deletions in one directory do not disturb each other", async () => {
  await using root = await makeTemporaryDirectory();
  await using store = new FileSystemObjectStore({ root: root.path });
  await Promise.all(
    Array.from({ length: 8 }, async (_, worker) => {
      for (let turn = 0; turn < 40; turn++) {
        const name = `deep/er/${worker}`;
        await store.writeObject(name, "x".repeat(worker + 1));
        assertEquals(await store.getObjectSize(name), worker + 1);
        await store.deleteObject(name);
      }
    }),
  );
  assertEquals(await root.list(), []);
});

Deno.test("FileSystemObjectStore leaves nothing of a stream that fails", async () => {
  await using root = await makeTemporaryDirectory();
  await using store = new FileSystemObjectStore({ root: root.path });
  const mine = new Error("mine");
  let count = 0;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (count++ > 5) return controller.error(mine);
      controller.enqueue(bytesOf(MIB));
    },
  });
  assertEquals(
    await assertRejects(() => store.writeObject("a", stream)),
    mine,
  );
  assertEquals(await root.list(), []);
});

Deno.test("FileSystemObjectStore lets go of the file of a stream that is cancelled or not read", async () => {
  await using root = await makeTemporaryDirectory();
  const store = new FileSystemObjectStore({ root: root.path });
  await store.writeObject("a", bytesOf(4 * MIB));
  const { stream } = await store.readObject("a");
  for await (const _ of stream) break;
  await store.readObject("a");
  // The sanitizer of resources sees what is left open.
  await store.close();
});
