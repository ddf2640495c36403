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
