import { assertEquals, assertRejects } from "@std/assert";
import { resolveDestination } from "../../src/local/destination.ts";
import { makeTemporaryDirectory } from "../file_system/temporary_directory.ts";

Deno.test("resolveDestination() tells at once that a file stands where a directory is to be", async () => {
  await using directory = await makeTemporaryDirectory();
  await directory.write("file", "x");
  const options = { objectName: "a", uri: "x:a", overwrite: true };
  for (const path of ["file/below", "file/"]) {
    const error = await assertRejects(() =>
      resolveDestination(`${directory.path}/${path}`, options)
    );
    assertEquals((error as { code?: unknown }).code, "ENOTDIR", path);
  }
});
