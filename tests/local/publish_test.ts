import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { publish, rename } from "../../src/local/publish.ts";
import { makeTemporaryDirectory } from "../file_system/temporary_directory.ts";

Deno.test("publish() looks at the signal again where there are no hard links", async () => {
  await using directory = await makeTemporaryDirectory();
  const temporary = await directory.write("temporary", "new");
  const controller = new AbortController();
  const reason = new Error("enough");
  const { link, linkSync } = Deno;
  function refuse(): never {
    controller.abort(reason);
    throw Object.assign(new Error("no links here"), { code: "EPERM" });
  }
  Deno.link = () => Promise.resolve().then(refuse);
  Deno.linkSync = refuse;
  try {
    const publishing = publish(temporary, directory.join("file"), {
      replace: false,
      exists: () => new Error("it exists"),
      made: [],
      signal: controller.signal,
    });
    assertStrictEquals(await assertRejects(() => publishing), reason);
  } finally {
    Deno.link = link;
    Deno.linkSync = linkSync;
  }
  assertEquals(await directory.list(), ["temporary"]);
});

Deno.test("rename() makes no further directory when the signal has fired", async () => {
  await using directory = await makeTemporaryDirectory();
  const temporary = await directory.write("temporary", "new");
  const controller = new AbortController();
  const reason = new Error("enough");
  const { mkdir, mkdirSync } = Deno;
  Deno.mkdir = async (path) => {
    await mkdir(path);
    controller.abort(reason);
  };
  Deno.mkdirSync = (path) => {
    mkdirSync(path);
    controller.abort(reason);
  };
  try {
    const made: string[] = [];
    const { signal } = controller;
    const renaming = rename(temporary, directory.join("a/b/c/file"), {
      made,
      signal,
    });
    assertStrictEquals(await assertRejects(() => renaming), reason);
    assertEquals(made, [directory.join("a")]);
  } finally {
    Deno.mkdir = mkdir;
    Deno.mkdirSync = mkdirSync;
  }
  assertEquals(await directory.list(), ["a/", "temporary"]);
});

/** Runs something while no file can be removed, as where another program holds it on Windows. */
async function withoutRemoval<T>(action: () => Promise<T>): Promise<T> {
  const { remove, removeSync } = Deno;
  function refuse(): never {
    throw Object.assign(new Error("it is in use"), { code: "EBUSY" });
  }
  Deno.remove = () => Promise.resolve().then(refuse);
  Deno.removeSync = refuse;
  try {
    return await action();
  } finally {
    Object.assign(Deno, { remove, removeSync });
  }
}

/** Options of a publish that replaces nothing. */
const NEW = { replace: false, exists: () => new Error("it exists"), made: [] };

Deno.test("publish() has published although the temporary name stays", async () => {
  await using directory = await makeTemporaryDirectory();
  const temporary = await directory.write("temporary", "new");
  const target = directory.join("file");
  await withoutRemoval(() => publish(temporary, target, NEW));
  assertEquals(await Deno.readTextFile(target), "new");
});

Deno.test("publish() fails with its own error although the reservation stays", async () => {
  await using directory = await makeTemporaryDirectory();
  const temporary = await directory.write("temporary", "new");
  const { link, linkSync, rename, renameSync } = Deno;
  const full = Object.assign(new Error("the disk is full"), { code: "ENOSPC" });
  function refuse(): never {
    throw Object.assign(new Error("no links here"), { code: "EPERM" });
  }
  function fail(): never {
    throw full;
  }
  Deno.link = () => Promise.resolve().then(refuse);
  Deno.linkSync = refuse;
  Deno.rename = () => Promise.resolve().then(fail);
  Deno.renameSync = fail;
  try {
    const error = await assertRejects(() =>
      withoutRemoval(() => publish(temporary, directory.join("file"), NEW))
    );
    assertStrictEquals(error, full);
  } finally {
    Object.assign(Deno, { link, linkSync, rename, renameSync });
  }
});
