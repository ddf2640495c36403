import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { dirname } from "@std/path";
import { encodeKey } from "../../src/file_system/key_path.ts";
import { listKeys } from "../../src/file_system/list_keys.ts";
import { HOSTILE_KEYS } from "./hostile_keys.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "./temporary_directory.ts";

Deno.test("listKeys() gives hostile keys back as they are, each once", async () => {
  await using root = await makeTemporaryDirectory();
  const keys = [...new Set(HOSTILE_KEYS)];
  await plant(root, keys);
  assertEquals(await list(root), keys.sort());
});

Deno.test("listKeys() takes any string as a prefix, also half a character or a packed key's", async () => {
  await using root = await makeTemporaryDirectory();
  const keys = [...new Set(HOSTILE_KEYS)].sort();
  await plant(root, keys);
  const prefixes = HOSTILE_KEYS.flatMap((key) => [
    key,
    `${key}/`,
    key.slice(0, 1),
    key.slice(0, key.length >> 1),
    key.slice(0, 700),
  ]);
  for (const prefix of [...new Set(prefixes), "\ud83d", "\ude00", "none"]) {
    assertEquals(
      await list(root, prefix),
      keys.filter((key) => key.startsWith(prefix)),
    );
  }
});

Deno.test("listKeys() leaves out what is not the path of a key", async () => {
  await using root = await makeTemporaryDirectory();
  await plant(root, ["a/b"]);
  await root.write(".object-store-0123456789abcdef0123456789abcdef.tmp", "x");
  await root.write("README.md", "x");
  await root.write("%61", "x");
  await root.write("a+/.hidden", "x");
  await root.write("a+/B", "x");
  await Deno.mkdir(root.join("empty+"));
  await Deno.mkdir(root.join("plain"));
  await root.write("plain/file", "x");
  await Deno.symlink(root.join("a+/b"), root.join("link"));
  await Deno.symlink(root.join("a+"), root.join("c+"));
  assertEquals(await list(root), ["a/b"]);
});

Deno.test("listKeys() finds nothing in a root that is missing", async () => {
  await using root = await makeTemporaryDirectory();
  const options = { keyPrefix: "", signal: new AbortController().signal };
  const names = listKeys(root.join("missing"), options);
  assertEquals(await Array.fromAsync(names), []);
});

Deno.test("listKeys() goes on when a directory vanishes", async () => {
  await using root = await makeTemporaryDirectory();
  await plant(root, ["a/1", "b/2", "c"]);
  const options = { keyPrefix: "", signal: new AbortController().signal };
  const names = [];
  for await (const name of listKeys(root.path, options)) {
    names.push(name);
    if (name !== "c") continue;
    await Deno.remove(root.join("a+"), { recursive: true });
    await Deno.remove(root.join("b+"), { recursive: true });
  }
  assertEquals(names, ["c"]);
});

Deno.test("listKeys() stops at the next directory when aborted", async () => {
  await using root = await makeTemporaryDirectory();
  await plant(root, ["a/1", "b/2", "c"]);
  const controller = new AbortController();
  const reason = new Error("enough");
  const names = listKeys(root.path, {
    keyPrefix: "",
    signal: controller.signal,
  });
  const error = await assertRejects(async () => {
    for await (const _name of names) controller.abort(reason);
  });
  assertStrictEquals(error, reason);
});

Deno.test("listKeys() leaves nothing open when the caller stops early", async () => {
  await using root = await makeTemporaryDirectory();
  await plant(root, ["a", "b", "c"]);
  const options = { keyPrefix: "", signal: new AbortController().signal };
  for await (const _name of listKeys(root.path, options)) break;
});

async function plant(root: TemporaryDirectory, keys: string[]): Promise<void> {
  for (const key of keys) {
    const path = root.join(encodeKey(key));
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeTextFile(path, key);
  }
}

async function list(
  root: TemporaryDirectory,
  keyPrefix = "",
): Promise<string[]> {
  const { signal } = new AbortController();
  const names = listKeys(root.path, { keyPrefix, signal });
  return (await Array.fromAsync(names)).sort();
}
