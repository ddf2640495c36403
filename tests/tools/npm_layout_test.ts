import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { findNpmPackages, writeNpmLayout } from "../../tools/npm_layout.ts";
import { makeTemporaryDirectory } from "../file_system/temporary_directory.ts";

Deno.test("findNpmPackages() names what a client imports, by itself or through deno.json", async () => {
  const names = async (file: string) => {
    const found = await findNpmPackages(`examples/clients/${file}`);
    return found.map((each) => each.replace(/@[^@]*$/, ""));
  };
  assertEquals(await names("azure_blob.ts"), ["@azure/storage-blob"]);
  assertEquals(await names("minio_js.ts"), ["minio"]);
  assertEquals(await names("lib_storage.ts"), [
    ...["@aws-sdk/client-s3", "@aws-sdk/lib-storage"],
  ]);
});

Deno.test("writeNpmLayout() lays a client out with specifiers that Node knows", async () => {
  await using directory = await makeTemporaryDirectory();
  const client = "examples/clients/azure_blob";
  await writeNpmLayout(directory.path, { modules: [`${client}.ts`] });
  const text = await Deno.readTextFile(
    join(
      directory.path,
      "node_modules/@storekit/object-store",
      `${client}.js`,
    ),
  );
  const specifiers = [...text.matchAll(/ from "([^"]+)"/g)]
    .map(([, specifier]) => specifier);
  assert(specifiers.includes("@azure/storage-blob"));
  assert(specifiers.includes("@storekit/object-store/conformance"));
  assert(specifiers.includes("./plain_store.js"));
  assertEquals(specifiers.filter((each) => /^npm:|\.ts$/.test(`${each}`)), []);
});
