import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import {
  type OpenObject,
  StoreFailure,
  type UploadBody,
} from "../../src/driver.ts";
import { FileSystemDriver } from "../../src/file_system/driver.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "./temporary_directory.ts";

const MIB = 2 ** 20;
const { signal } = new AbortController();

Deno.test("FileSystemDriver keeps exactly an object's bytes in one file", async () => {
  await using root = await makeTemporaryDirectory();
  const driver = openDriver(root);
  await driver.put("runs/A b", makeBody(makeBytes(1000)), { signal });
  assertEquals(await root.list(), ["runs+/", "runs+/!a%20b"]);
  assertEquals(await Deno.readFile(root.join("runs+/!a%20b")), makeBytes(1000));
});

Deno.test("FileSystemDriver writes parts in any order and side by side", async () => {
  await using root = await makeTemporaryDirectory();
  const driver = openDriver(root);
  const bytes = makeBytes(3 * MIB + 17);
  const upload = await driver.startUpload("a");
  await Promise.all([3, 1, 0, 2].map((index) => {
    const offset = index * MIB;
    const body = makeBody(bytes.subarray(offset, offset + MIB));
    return upload.writePart({ ...body, index, offset }, { signal });
  }));
  assertEquals((await root.list()).length, 1);
  await upload.commit({ signal });
  assertEquals(await root.list(), ["a"]);
  assertEquals(await Deno.readFile(root.join("a")), bytes);
});

Deno.test("FileSystemDriver writes a part that is larger than a buffer", async () => {
  await using root = await makeTemporaryDirectory();
  const driver = openDriver(root);
  const bytes = makeBytes(2 * MIB + 1);
  await driver.put("a", makeBody(bytes), { signal });
  assertEquals(await Deno.readFile(root.join("a")), bytes);
});

Deno.test("FileSystemDriver replaces an object in one step, and pins the one that is being read", async () => {
  await using root = await makeTemporaryDirectory();
  const driver = openDriver(root);
  const old = makeBytes(3 * MIB);
  await driver.put("a", makeBody(old), { signal });
  const object = await driver.open("a", { signal, firstBytes: MIB });
  await driver.put("a", makeBody(new Uint8Array(5)), { signal });
  assertEquals([object.size, object.bodySize], [3 * MIB, MIB]);
  const range = readRange(object, MIB, 2 * MIB);
  assertEquals(await collect(object.body), old.subarray(0, MIB));
  assertEquals(await collect(range), old.subarray(MIB));
  await object.close?.();
  assertEquals(await driver.getSize("a"), 5);
});

Deno.test("FileSystemDriver reads no more of a small object than there is", async () => {
  await using root = await makeTemporaryDirectory();
  const driver = openDriver(root);
  for (const size of [0, 1, 4096]) {
    await driver.put("a", makeBody(makeBytes(size)), { signal });
    const object = await driver.open("a", { signal, firstBytes: MIB });
    assertEquals([object.size, object.bodySize], [size, size]);
    assertEquals(await collect(object.body), makeBytes(size));
    await object.close?.();
  }
});

Deno.test("FileSystemDriver fails transiently when the file becomes shorter while it is read", async () => {
  await using root = await makeTemporaryDirectory();
  const driver = openDriver(root);
  await driver.put("a", makeBody(makeBytes(2 * MIB)), { signal });
  const object = await driver.open("a", { signal, firstBytes: MIB });
  await Deno.truncate(root.join("a"), MIB + 10);
  const error = await assertRejects(
    () => collect(readRange(object, MIB, MIB)),
    StoreFailure,
  );
  assertEquals(error.code, "TRANSIENT");
  await object.close?.();
});

Deno.test("FileSystemDriver finds no object where there is none, or something else", async () => {
  await using root = await makeTemporaryDirectory();
  const driver = openDriver(root);
  await driver.put("a/b", makeBody(makeBytes(1)), { signal });
  await Deno.mkdir(root.join("directory"));
  await root.write("file+", "x");
  await Deno.symlink(root.join("a+/b"), root.join("link"));
  await Deno.symlink("loop", root.join("loop"));
  await new Deno.Command("mkfifo", { args: [root.join("fifo")] }).output();
  for (
    const key of [
      "a",
      "b",
      "a/b/c",
      "directory",
      "file/x",
      "link",
      "loop",
      "fifo",
    ]
  ) {
    for (
      const ask of [
        () => driver.getSize(key),
        () => driver.open(key, { signal, firstBytes: 1 }),
      ]
    ) {
      const error = await assertRejects(ask, StoreFailure, "object not found");
      assertEquals(error.code, "OBJECT_NOT_FOUND", key);
    }
  }
});

Deno.test("FileSystemDriver finds no object in a root that is missing, and makes none", async () => {
  await using parent = await makeTemporaryDirectory();
  const root = parent.join("missing");
  const driver = new FileSystemDriver({ root, isSynced: false });
  await assertRejects(() => driver.getSize("a"), StoreFailure, "not found");
  assertEquals(await parent.list(), []);
});

Deno.test("FileSystemDriver makes the root with the first upload", async () => {
  await using parent = await makeTemporaryDirectory();
  for (const isSynced of [false, true]) {
    const root = parent.join(`x${isSynced}/y/z`);
    const driver = new FileSystemDriver({ root, isSynced });
    await driver.put("a", makeBody(makeBytes(3)), { signal });
    assertEquals(await driver.getSize("a"), 3);
  }
});

Deno.test("FileSystemDriver makes a directory again that vanishes before the commit", async () => {
  await using root = await makeTemporaryDirectory();
  const driver = openDriver(root);
  await driver.put("a/b/c", makeBody(makeBytes(1)), { signal });
  const upload = await driver.startUpload("a/b/d");
  await Deno.remove(root.join("a+"), { recursive: true });
  await upload.commit({ signal });
  assertEquals(await root.list(), ["a+/", "a+/b+/", "a+/b+/d"]);
});

Deno.test("FileSystemDriver leaves nothing of an upload that is discarded", async () => {
  await using root = await makeTemporaryDirectory();
  const driver = openDriver(root);
  const upload = await driver.startUpload("a/b");
  const part = { ...makeBody(makeBytes(10)), index: 0, offset: 0 };
  await upload.writePart(part, { signal });
  await upload.discard({ signal });
  assertEquals(await root.list(), []);
});

Deno.test("FileSystemDriver leaves nothing of a put whose source fails", async () => {
  await using root = await makeTemporaryDirectory();
  const driver = openDriver(root);
  const failure = new Error("source");
  const body = {
    ...makeBody(makeBytes(10)),
    read: () => Promise.reject(failure),
  };
  const error = await assertRejects(() => driver.put("a", body, { signal }));
  assertStrictEquals(error, failure);
  assertEquals(await root.list(), []);
});

Deno.test("FileSystemDriver leaves nothing of an upload that cannot be published, and tells the local error", async () => {
  await using root = await makeTemporaryDirectory();
  const driver = openDriver(root);
  await Deno.mkdir(root.join("taken/x"), { recursive: true });
  await root.write("file+", "x");
  const before = await root.list();
  for (const key of ["taken", "file/a"]) {
    const body = makeBody(makeBytes(10));
    const error = await assertRejects(() => driver.put(key, body, { signal }));
    assert(!(error instanceof StoreFailure));
    const upload = await driver.startUpload(key);
    await assertRejects(() => upload.commit({ signal }));
    await upload.discard({ signal });
  }
  assertEquals(await root.list(), before);
});

Deno.test("FileSystemDriver refuses a name whose path the system does not take", async () => {
  await using parent = await makeTemporaryDirectory();
  const root = parent.join(...Array(13).fill("r".repeat(240)));
  const driver = new FileSystemDriver({ root, isSynced: false });
  await driver.put("short", makeBody(makeBytes(1)), { signal });
  const long = "é".repeat(512);
  for (
    const operate of [
      () => driver.put(long, makeBody(makeBytes(1)), { signal }),
      () => driver.getSize(long),
      () => driver.open(long, { signal, firstBytes: 1 }),
    ]
  ) {
    const error = await assertRejects(operate, StoreFailure, "too long");
    assertEquals(error.code, "INVALID_OBJECT_NAME");
  }
  assertEquals([...Deno.readDirSync(root)].length, 1);
});

Deno.test("FileSystemDriver stops writing when aborted", async () => {
  await using root = await makeTemporaryDirectory();
  const driver = openDriver(root);
  const controller = new AbortController();
  const body = makeBody(makeBytes(3 * MIB));
  const reads: number[] = [];
  const stopping = {
    ...body,
    read(buffer: Uint8Array, position: number) {
      reads.push(position);
      controller.abort(new Error("enough"));
      return body.read(buffer, position);
    },
  };
  await assertRejects(
    () => driver.put("a", stopping, controller),
    Error,
    "enough",
  );
  assertEquals(reads, [0]);
  assertEquals(await root.list(), []);
});

function openDriver(root: TemporaryDirectory): FileSystemDriver {
  return new FileSystemDriver({ root: root.path, isSynced: false });
}

function makeBytes(size: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(
    { length: size },
    (_, index) => index * 31 + (index >> 8),
  );
}

function makeBody(bytes: Uint8Array<ArrayBuffer>): UploadBody {
  return {
    size: bytes.length,
    async *chunks() {
      yield await Promise.resolve(bytes);
    },
    read(buffer, position) {
      buffer.set(bytes.subarray(position, position + buffer.length));
      return Promise.resolve();
    },
  };
}

function readRange(
  object: OpenObject,
  offset: number,
  length: number,
): AsyncIterable<Uint8Array> {
  const range = object.readRange?.(offset, length, { signal });
  if (!range) throw new Error("Cannot read a range as the object has none");
  return range;
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: BlobPart[] = [];
  // Chunks share a buffer.
  for await (const chunk of chunks) parts.push(chunk.slice());
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
