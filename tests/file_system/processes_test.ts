import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { ObjectNotFoundError } from "../../src/errors.ts";
import { FileSystemObjectStore } from "../../src/file_system/store.ts";
import { mountExfat } from "./exfat.ts";
import { HOSTILE_KEYS } from "./hostile_keys.ts";
import { makeTemporaryDirectory } from "./temporary_directory.ts";

const CHILD = fromFileUrl(new URL("store_child.ts", import.meta.url));
const IS_ROOT = Deno.uid() === 0;

Deno.test("FileSystemObjectStore shares a root with other processes", async () => {
  await using directory = await makeTemporaryDirectory();
  const root = directory.join("root");
  const ids = ["1", "2", "3"];
  const ends = await Promise.all(
    ids.map((id) =>
      startChild("share", root, directory.path, id, "15").output()
    ),
  );
  for (const end of ends) assertEquals(end.code, 0, decode(end.stderr));

  await using store = new FileSystemObjectStore({ root, prefix: "shared" });
  const names = await Array.fromAsync(store.listObjects());
  assertEquals(names.length, 1 + 15 * ids.length);
  const left = (await directory.list()).filter((path) => path.includes("tmp"));
  assertEquals(left, []);
});

Deno.test("FileSystemObjectStore shows nothing of an upload whose process was killed", async () => {
  await using directory = await makeTemporaryDirectory();
  const root = directory.join("root");
  const child = startChild("hang", root).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  child.kill("SIGKILL");
  await child.status;
  await reader.cancel();
  await child.stderr.cancel();

  const left = await directory.list();
  assertEquals(left.length, 2);
  assertMatch(left[1] ?? "", /^root\/\.object-store-[0-9a-f]{32}\.tmp$/);
  await using store = new FileSystemObjectStore({ root });
  assertEquals(await Array.fromAsync(store.listObjects()), []);
  await assertRejects(
    () => store.getObjectSize("half/done"),
    ObjectNotFoundError,
  );
  const source = await directory.write("source", "whole");
  await store.uploadObject("half/done", source);
  assertEquals(await store.getObjectSize("half/done"), 5);
  assertEquals(await Array.fromAsync(store.listObjects()), ["half/done"]);
});

Deno.test({
  name: "FileSystemObjectStore passes local permission errors on as they are",
  ignore: explainIgnored(IS_ROOT, "dropping privileges needs root"),
  async fn() {
    await using directory = await makeTemporaryDirectory();
    const root = directory.join("root");
    await using store = new FileSystemObjectStore({ root });
    const source = await directory.write("source", "text");
    for (const name of ["readable", "unreadable"]) {
      await store.uploadObject(name, source);
    }
    await Deno.chmod(directory.join("root/unreadable"), 0o600);
    await Deno.chmod(root, 0o755);
    const open = directory.join("open");
    await Deno.mkdir(open);
    await Deno.chmod(open, 0o777);
    await Deno.chmod(directory.path, 0o755);
    await Deno.copyFile(source, `${open}/source`);
    await Deno.chmod(`${open}/source`, 0o644);

    const end = await startChild("asNobody", root, open).output();
    assertEquals(end.code, 0, decode(end.stderr));
    const denied = ["EACCES", false];
    assertEquals(
      JSON.parse(decode(end.stdout)),
      [4, "done", denied, denied, denied],
    );
    assertEquals(
      (await Array.fromAsync(store.listObjects())).sort(),
      ["readable", "unreadable"],
    );
    assertEquals((await directory.list()).includes("open/other"), false);
  },
});

Deno.test("FileSystemObjectStore keeps hostile names on a file system without case and links", async () => {
  const mounted = await mountExfat();
  if (typeof mounted === "string") {
    console.log(`unverified: ${mounted}`);
    return;
  }
  await using exfat = mounted;
  await using directory = await makeTemporaryDirectory();
  await using store = new FileSystemObjectStore({ root: `${exfat.path}/root` });
  const names = [...new Set(HOSTILE_KEYS)];
  for (const name of names) {
    await store.uploadObject(name, await directory.write("source", name));
  }
  assertEquals(
    (await Array.fromAsync(store.listObjects())).sort(),
    names.sort(),
  );
  for (const name of names) {
    const copy = directory.join("copy");
    await store.downloadObject(name, copy, { overwrite: true });
    assertEquals(await Deno.readTextFile(copy), name);
  }
});

function startChild(...args: string[]): Deno.Command {
  const inherited = JSON.parse(Deno.env.get("STOREKIT_DENO_ARGS") || "[]");
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", ...inherited, CHILD, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function explainIgnored(isPossible: boolean, reason: string): boolean {
  if (!isPossible) console.log(`unverified: ${reason}`);
  return !isPossible;
}
