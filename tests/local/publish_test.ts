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

/** Runs something while functions of Deno's fail with a code, also those that do not wait. */
async function withFailing<T>(
  codes: Readonly<Partial<Record<"link" | "remove" | "rename", string>>>,
  action: () => Promise<T>,
): Promise<T> {
  const { link, linkSync, remove, removeSync, rename, renameSync } = Deno;
  for (const [name, code] of Object.entries(codes)) {
    const fail = (): never => {
      throw Object.assign(new Error("not here"), { code });
    };
    Object.assign(Deno, {
      [name]: () => Promise.resolve().then(fail),
      [`${name}Sync`]: fail,
    });
  }
  try {
    return await action();
  } finally {
    const before = { link, linkSync, remove, removeSync, rename, renameSync };
    Object.assign(Deno, before);
  }
}

const EXISTS = new Error("it exists");

/** Options of a publish that replaces nothing. */
function toNew() {
  return { replace: false, exists: () => EXISTS, made: [] };
}

Deno.test("publish() has published although the temporary name stays", async () => {
  await using directory = await makeTemporaryDirectory();
  const temporary = await directory.write("temporary", "new");
  const target = directory.join("file");
  // As where another program holds it on Windows.
  await withFailing(
    { remove: "EBUSY" },
    () => publish(temporary, target, toNew()),
  );
  assertEquals(await Deno.readTextFile(target), "new");
});

Deno.test("publish() fails with its own error although the reservation stays", async () => {
  await using directory = await makeTemporaryDirectory();
  const temporary = await directory.write("temporary", "new");
  const error = await assertRejects(() =>
    withFailing(
      { link: "EPERM", rename: "ENOSPC", remove: "EBUSY" },
      () => publish(temporary, directory.join("file"), toNew()),
    )
  );
  assertEquals((error as { code?: unknown }).code, "ENOSPC");
});

Deno.test("publish() leaves nothing but the destination", async () => {
  for (const codes of [{}, { link: "EPERM" }]) {
    await using directory = await makeTemporaryDirectory();
    const temporary = await directory.write("temporary", "new");
    const target = directory.join("a/file");
    await withFailing(codes, () => publish(temporary, target, toNew()));
    assertEquals(await directory.list(), ["a/", "a/file"]);
    assertEquals(await Deno.readTextFile(target), "new");
  }
});

Deno.test("publish() replaces nothing that has appeared, with hard links and without", async () => {
  for (const codes of [{}, { link: "EPERM" }]) {
    await using directory = await makeTemporaryDirectory();
    const temporary = await directory.write("temporary", "new");
    const target = await directory.write("file", "other");
    const publishing = withFailing(
      codes,
      () => publish(temporary, target, toNew()),
    );
    assertStrictEquals(await assertRejects(() => publishing), EXISTS);
    assertEquals(await Deno.readTextFile(target), "other");
    assertEquals(await directory.list(), ["file", "temporary"]);
  }
});

Deno.test("publish() never replaces a directory", async () => {
  for (const replace of [true, false]) {
    await using directory = await makeTemporaryDirectory();
    const temporary = await directory.write("temporary", "new");
    const target = directory.join("file");
    await Deno.mkdir(target);
    const error = await assertRejects(() =>
      publish(temporary, target, { ...toNew(), replace })
    );
    assertEquals((error as { code?: unknown }).code, "EISDIR");
  }
});

Deno.test("publish() gives no place to what was aborted before", async () => {
  for (const replace of [true, false]) {
    await using directory = await makeTemporaryDirectory();
    const temporary = await directory.write("temporary", "new");
    const signal = AbortSignal.abort(new Error("enough"));
    const target = directory.join("file");
    const publishing = publish(temporary, target, {
      ...toNew(),
      replace,
      signal,
    });
    assertStrictEquals(await assertRejects(() => publishing), signal.reason);
    assertEquals(await directory.list(), ["temporary"]);
  }
});
