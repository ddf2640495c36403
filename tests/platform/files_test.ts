import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { denoFiles } from "../../src/platform/deno_files.ts";
import type { Files } from "../../src/platform/file_access.ts";
import { nodeFiles } from "../../src/platform/node_files.ts";

class Place implements AsyncDisposable {
  readonly path: string = Deno.makeTempDirSync();

  at(name: string): string {
    return join(this.path, name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

async function codeOf(action: () => Promise<unknown>): Promise<unknown> {
  const error = await assertRejects(action);
  return (error as { code?: unknown }).code;
}

async function write(files: Files, path: string, text: string): Promise<void> {
  const file = await files.create(path);
  await file.write(new TextEncoder().encode(text), 0);
  await file.close();
}

for (const [name, files] of Object.entries({ denoFiles, nodeFiles })) {
  Deno.test(`${name} say what is at a path`, async () => {
    await using place = new Place();
    await write(files, place.at("file"), "x");
    await Deno.symlink(place.path, place.at("link"));
    const { isFile, isDirectory, isSymlink } = await files.lstat(
      place.at("link"),
    );
    assertEquals([isFile, isDirectory, isSymlink], [false, false, true]);
    assertEquals((await files.stat(place.at("link"))).isDirectory, true);
    assertEquals((await files.lstat(place.at("file"))).isFile, true);
    assertEquals(await codeOf(() => files.stat(place.at("none"))), "ENOENT");
    assertEquals(
      await codeOf(() => files.lstat(place.at("file/x"))),
      "ENOTDIR",
    );
  });

  Deno.test(`${name} make a file only where nothing is`, async () => {
    await using place = new Place();
    await Deno.symlink(place.at("none"), place.at("link"));
    await write(files, place.at("file"), "x");
    for (const taken of ["file", "link"]) {
      const code = await codeOf(() => files.create(place.at(taken)));
      assertEquals(code, "EEXIST");
    }
    assertEquals(await codeOf(() => files.create(place.at("no/x"))), "ENOENT");
    const { mode } = await Deno.stat(place.at("file"));
    const umask = Deno.umask();
    if (mode !== null) assertEquals(mode & 0o777, 0o666 & ~umask);
  });

  Deno.test(`${name} write at any position, large and small side by side`, async () => {
    await using place = new Place();
    const bytes = new Uint8Array(6_000_000).map((_, index) => index * 7 >> 8);
    const file = await files.create(place.at("file"));
    const sizes = [300_000, 5, 1_048_577, 70_000, 1_100_000];
    const writes: Promise<void>[] = [];
    for (let at = 0, turn = 0; at < bytes.length; turn++) {
      const size = sizes[turn % sizes.length]!;
      writes.push(file.write(bytes.subarray(at, at + size), at));
      at += size;
    }
    await Promise.all(writes);
    // A later small write is not mixed up with what was queued.
    const late = file.write(bytes.subarray(0, 2_000_000), 0);
    await file.write(bytes.subarray(5_999_000), 5_999_000);
    await late;
    await file.close();
    assertEquals(await Deno.readFile(place.at("file")), bytes);
  });

  Deno.test(`${name} link, rename and remove`, async () => {
    await using place = new Place();
    await write(files, place.at("a"), "a");
    await write(files, place.at("b"), "b");
    const link = () => files.link(place.at("a"), place.at("b"));
    assertEquals(await codeOf(link), "EEXIST");
    await files.link(place.at("a"), place.at("c"));
    await files.removeFile(place.at("a"));
    await files.rename(place.at("c"), place.at("b"));
    assertEquals(await Deno.readTextFile(place.at("b")), "a");
    await files.makeDirectory(place.at("d"));
    const again = () => files.makeDirectory(place.at("d"));
    assertEquals(await codeOf(again), "EEXIST");
    const asDirectory = () => files.removeDirectory(place.at("b"));
    assertEquals(await codeOf(asDirectory), "ENOTDIR");
    await write(files, place.at("d/x"), "x");
    const full = () => files.removeDirectory(place.at("d"));
    assertEquals(await codeOf(full), "ENOTEMPTY");
    await files.removeFile(place.at("d/x"));
    await files.removeDirectory(place.at("d"));
    assertEquals([...Deno.readDirSync(place.path)].length, 1);
  });
}
