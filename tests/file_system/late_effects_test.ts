import { assertEquals, assertRejects } from "@std/assert";
import { open } from "node:fs/promises";
import { FileSystemObjectStore } from "../../mod.ts";
import { makeTemporaryDirectory } from "./temporary_directory.ts";

/** What a file handle's method is replaced by: it says that it was called, and waits. */
interface Held {
  readonly called: Promise<void>;
  release(): void;
  [Symbol.dispose](): void;
}

/** Holds a method of all of Node's file handles, as a slow disk does. */
async function hold(method: "sync" | "close"): Promise<Held> {
  const handle = await open("/dev/null");
  const { prototype } = handle.constructor as { prototype: typeof handle };
  await handle.close();
  const original = prototype[method];
  const called = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  let isFirst = true;
  prototype[method] = async function (this: typeof handle) {
    if (isFirst) {
      isFirst = false;
      called.resolve();
      await released.promise;
    }
    await original.call(this);
  };
  return {
    called: called.promise,
    release: () => released.resolve(),
    [Symbol.dispose]() {
      released.resolve();
      prototype[method] = original;
    },
  };
}

for (const method of ["sync", "close"] as const) {
  Deno.test(`FileSystemObjectStore makes nothing of an upload that was aborted during a slow ${method}()`, async () => {
    await using directory = await makeTemporaryDirectory();
    const root = directory.join("root");
    await using store = new FileSystemObjectStore({ root, sync: true });
    await Deno.writeTextFile(directory.join("old"), "aborted");
    await Deno.writeTextFile(directory.join("new"), "later");

    // The root is there and synced: what is held next is the object's own file.
    await store.uploadObject("first", directory.join("old"));
    const before = await listFiles(root);

    const reason = new Error("enough");
    {
      using held = await hold(method);
      const controller = new AbortController();
      const upload = store.uploadObject("a", directory.join("old"), {
        signal: controller.signal,
      });
      await held.called;
      controller.abort(reason);
      assertEquals(
        await assertRejects(() => upload),
        reason,
      );
      // Nothing is left when it has rejected, although the system still holds the file.
      assertEquals(await listFiles(root), before);
      await store.uploadObject("a", directory.join("new"));
      held.release();
    }
    await store.close();
    const added = (await listFiles(root)).filter((name) =>
      !before.includes(name)
    );
    assertEquals(added.length, 1);
    assertEquals(await Deno.readTextFile(`${root}/${added[0]}`), "later");
  });
}

Deno.test("FileSystemObjectStore keeps names of more directories than a few", async () => {
  await using directory = await makeTemporaryDirectory();
  await using store = new FileSystemObjectStore({
    root: directory.join("root"),
  });
  await Deno.writeTextFile(directory.join("source"), "deep");
  const name = Array.from({ length: 200 }, () => "d").join("/");
  await store.uploadObject(name, directory.join("source"));
  assertEquals(await store.getObjectSize(name), 4);
  const path = directory.join(Array.from({ length: 60 }, () => "x").join("/"));
  await store.downloadObject(name, path);
  assertEquals(await Deno.readTextFile(path), "deep");
});

Deno.test({
  name: "uploadObject() refuses a file whose size the system does not tell",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using directory = await makeTemporaryDirectory();
    await using store = new FileSystemObjectStore({
      root: directory.join("root"),
    });
    const error = await assertRejects(() =>
      store.uploadObject("a", "/proc/version")
    ) as { code?: string };
    assertEquals(error.code, "EINVAL");
    await Deno.writeTextFile(directory.join("empty"), "");
    await store.uploadObject("b", directory.join("empty"));
    assertEquals(await store.getObjectSize("b"), 0);
  },
});

Deno.test({
  name: "downloadObject() never replaces a FIFO, named or in a directory",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using directory = await makeTemporaryDirectory();
    await using store = new FileSystemObjectStore({
      root: directory.join("root"),
    });
    await Deno.writeTextFile(directory.join("source"), "bytes");
    await store.uploadObject("fifo", directory.join("source"));
    const path = directory.join("fifo");
    await new Deno.Command("mkfifo", { args: [path] }).output();
    for (const to of [path, directory.path]) {
      const error = await assertRejects(() =>
        store.downloadObject("fifo", to, { overwrite: true })
      ) as { code?: string };
      assertEquals(error.code, "EINVAL", to);
      const refused = await assertRejects(() =>
        store.downloadObject("fifo", to)
      ) as { code?: string };
      assertEquals(refused.code, "FILE_EXISTS", to);
    }
    assertEquals((await Deno.lstat(path)).isFifo, true);
  },
});

async function listFiles(root: string): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isFile } of Deno.readDir(root)) {
    if (isFile) files.push(name);
  }
  return files;
}
