import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  InvalidObjectNameError,
  isObjectStoreError,
  ObjectNotFoundError,
} from "../../src/errors.ts";
import { encodeKey } from "../../src/file_system/key_path.ts";
import {
  FileSystemObjectStore,
  type FileSystemObjectStoreOptions,
} from "../../src/file_system/store.ts";
import { HOSTILE_KEYS } from "./hostile_keys.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "./temporary_directory.ts";

Deno.test("FileSystemObjectStore keeps hostile names, side by side", async () => {
  await using directory = await makeTemporaryDirectory();
  await using store = openStore(directory);
  const names = [...new Set(HOSTILE_KEYS)];
  for (const name of names) {
    await store.uploadObject(name, await directory.write("source", name));
  }
  const copy = directory.join("copy");
  for (const name of names) {
    await store.downloadObject(name, copy, { overwrite: true });
    assertEquals(await Deno.readTextFile(copy), name);
  }
  assertEquals(
    (await Array.fromAsync(store.listObjects())).sort(),
    names.sort(),
  );
});

Deno.test("FileSystemObjectStore writes nothing outside its root", async () => {
  await using directory = await makeTemporaryDirectory();
  await using store = openStore(directory);
  const source = await directory.write("source", "x");
  for (const name of HOSTILE_KEYS) await store.uploadObject(name, source);
  const outside = (await directory.list())
    .filter((path) => !path.startsWith("root/"));
  assertEquals(outside, ["source"]);
});

Deno.test("FileSystemObjectStore keeps a prefix's objects to itself", async () => {
  await using directory = await makeTemporaryDirectory();
  const source = await directory.write("source", "x");
  await using a = openStore(directory, { prefix: "runs/a" });
  await using ab = openStore(directory, { prefix: "runs/ab" });
  await a.uploadObject("x/1", source);
  await ab.uploadObject("x/2", source);
  assertEquals(await Array.fromAsync(a.listObjects()), ["x/1"]);
  assertEquals(await Array.fromAsync(ab.listObjects("x")), ["x/2"]);
  await assertRejects(() => ab.getObjectSize("x/1"), ObjectNotFoundError);
  assertEquals(await directory.list(), [
    "root/",
    "root/runs+/",
    "root/runs+/a+/",
    "root/runs+/a+/x+/",
    "root/runs+/a+/x+/1",
    "root/runs+/ab+/",
    "root/runs+/ab+/x+/",
    "root/runs+/ab+/x+/2",
    "source",
  ]);
});

Deno.test("FileSystemObjectStore getUri() is a file: URL with root, prefix and name", async () => {
  await using directory = await makeTemporaryDirectory();
  await using store = openStore(directory, { prefix: "runs/a" });
  const uri = store.getUri("x/Epoch_1");
  assertEquals(uri, `file://${directory.join("root")}/runs/a/x/Epoch_1`);
  assertEquals(
    store.getUri("../x"),
    `file://${directory.join("root")}/?key=runs/a/../x`,
  );
});

Deno.test("FileSystemObjectStore takes a root as a URL, and a relative one as it is meant at once", async () => {
  await using directory = await makeTemporaryDirectory();
  const root = directory.join("a b");
  const url = new URL(`file://${root.replace(" ", "%20")}/`);
  assertEquals(
    new FileSystemObjectStore({ root: url }).getUri("x"),
    `file://${directory.path}/a%20b/x`,
  );
  const before = Deno.cwd();
  Deno.chdir(directory.path);
  try {
    const store = new FileSystemObjectStore({ root: "sub/../here/" });
    Deno.chdir("/");
    assertEquals(store.getUri("x"), `file://${directory.path}/here/x`);
  } finally {
    Deno.chdir(before);
  }
});

Deno.test("FileSystemObjectStore() refuses bad options by name and value", () => {
  const bad: [unknown, string][] = [
    [undefined, "'options' must be an object: current value is undefined"],
    [null, "'options' must be an object: current value is null"],
    ["/data", `'options' must be an object: current value is "/data"`],
    [
      {},
      "'root' must be a path or a 'file:' URL of one: current value is undefined",
    ],
    [{ root: "" }, `'root' must not be empty: current value is ""`],
    [{ root: 5 }, "current value is 5"],
    [{ root: "a\0b" }, "'root' must be well-formed and without NUL"],
    [{ root: "\ud800" }, "'root' must be well-formed"],
    [{ root: new URL("http://a/b") }, "current value is http://a/b"],
    [{ root: new URL("file:///a%00b") }, "'root'"],
    [{ root: "/a", sync: 1 }, "'sync' must be a boolean: current value is 1"],
    [
      { root: "/a", sync: null },
      "'sync' must be a boolean: current value is null",
    ],
    [{ root: "/a", prefix: 5 }, "prefix"],
    [{ root: "/a", folder: "x" }, `'folder' is unknown: current value is "x"`],
    [{ root: "/a", folder: undefined }, "'folder' is unknown"],
  ];
  for (const [options, text] of bad) {
    const open = () =>
      new FileSystemObjectStore(options as FileSystemObjectStoreOptions);
    assertThrows(open, TypeError, text);
  }
});

Deno.test("FileSystemObjectStore leaves its options as they are", () => {
  const options = Object.freeze({ root: "/a", prefix: "b", sync: true });
  assertEquals(new FileSystemObjectStore(options).getUri("c"), "file:///a/b/c");
});

Deno.test("FileSystemObjectStore reads a root that is missing as empty", async () => {
  await using directory = await makeTemporaryDirectory();
  await using store = openStore(directory);
  await assertRejects(() => store.getObjectSize("a"), ObjectNotFoundError);
  await assertRejects(
    () => store.downloadObject("a", directory.join("copy")),
    ObjectNotFoundError,
  );
  assertEquals(await Array.fromAsync(store.listObjects()), []);
  assertEquals(await directory.list(), []);
});

Deno.test("FileSystemObjectStore syncs on request, large and small, in new directories", async () => {
  await using directory = await makeTemporaryDirectory();
  await using store = openStore(directory, { sync: true });
  for (const size of [0, 10, 3_000_000]) {
    const source = await directory.write("source", new Uint8Array(size));
    await store.uploadObject(`a/${size}/b`, source);
    assertEquals(await store.getObjectSize(`a/${size}/b`), size);
  }
});

Deno.test("FileSystemObjectStore takes a foreign file for an object only if a name has its path", async () => {
  await using directory = await makeTemporaryDirectory();
  await using store = openStore(directory);
  await Deno.mkdir(directory.join("root/Folder"), { recursive: true });
  await directory.write("root/plain.txt", "planted");
  await directory.write("root/UPPER", "foreign");
  await directory.write("root/Folder/a", "foreign");
  assertEquals(await Array.fromAsync(store.listObjects()), ["plain.txt"]);
  assertEquals(await store.getObjectSize("plain.txt"), 7);
  for (const name of ["UPPER", "upper", "Folder/a", "folder/a"]) {
    await assertRejects(() => store.getObjectSize(name), ObjectNotFoundError);
  }
  const source = await directory.write("source", "x");
  await store.uploadObject("UPPER", source);
  assertEquals(
    await Deno.readTextFile(directory.join("root/UPPER")),
    "foreign",
  );
});

Deno.test("FileSystemObjectStore does not trust a temporary file that another left", async () => {
  await using directory = await makeTemporaryDirectory();
  await using store = openStore(directory);
  const name = ".object-store-0123456789abcdef0123456789abcdef.tmp";
  await Deno.mkdir(directory.join("root"));
  await directory.write(`root/${name}`, "left");
  assertEquals(await Array.fromAsync(store.listObjects()), []);
  await assertRejects(() => store.getObjectSize(name), ObjectNotFoundError);
  await store.uploadObject(name, await directory.write("source", "mine!"));
  assertEquals(await store.getObjectSize(name), 5);
  assertEquals(await Deno.readTextFile(directory.join(`root/${name}`)), "left");
});

Deno.test("FileSystemObjectStore fails with the local error when the root is a file", async () => {
  await using directory = await makeTemporaryDirectory();
  const source = await directory.write("root", "a file");
  await using store = openStore(directory);
  const error = await assertRejects(() => store.uploadObject("a", source));
  assert(!isObjectStoreError(error));
  await assertRejects(() => store.getObjectSize("a"), ObjectNotFoundError);
});

Deno.test("FileSystemObjectStore refuses a name that the system cannot hold below this root", async () => {
  await using directory = await makeTemporaryDirectory();
  const deep = directory.join(...Array(13).fill("r".repeat(240)));
  await using store = new FileSystemObjectStore({ root: deep });
  const name = "é".repeat(512);
  const source = await directory.write("source", "x");
  await assertRejects(
    () => store.uploadObject(name, source),
    InvalidObjectNameError,
  );
  await assertRejects(() => store.getObjectSize(name), InvalidObjectNameError);
});

Deno.test("FileSystemObjectStore keeps its objects where the encoding says", async () => {
  await using directory = await makeTemporaryDirectory();
  await using store = openStore(directory, { prefix: "P" });
  await store.uploadObject("Q/r", await directory.write("source", "x"));
  const path = directory.join("root", encodeKey("P/Q/r"));
  assertEquals(await Deno.readTextFile(path), "x");
});

function openStore(
  directory: TemporaryDirectory,
  options: Partial<FileSystemObjectStoreOptions> = {},
): FileSystemObjectStore {
  return new FileSystemObjectStore({
    root: directory.join("root"),
    ...options,
  });
}
