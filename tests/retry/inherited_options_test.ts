import { assertEquals } from "@std/assert";
import { FileSystemObjectStore } from "../../src/file_system/store.ts";
import { withRetry } from "../../src/retry/with_retry.ts";
import { makeTemporaryDirectory } from "../file_system/temporary_directory.ts";

class Options {
  readonly #calls: number[] = [];

  get overwrite(): boolean {
    return true;
  }

  get callback() {
    return (bytes: number) => void this.#calls.push(bytes);
  }

  get calls(): readonly number[] {
    return this.#calls;
  }
}

for (const wrap of [withRetry, (store: FileSystemObjectStore) => store]) {
  const name = wrap === withRetry ? "withRetry()" : "a store";
  Deno.test(`${name} reads options that an object inherits`, async () => {
    await using directory = await makeTemporaryDirectory();
    const source = await directory.write("source", "new");
    const file = await directory.write("file", "old");
    await using store = wrap(
      new FileSystemObjectStore({ root: directory.join("root") }),
    );
    await store.uploadObject("a", source);
    const options = new Options();
    await store.downloadObject("a", file, options);
    assertEquals(await Deno.readTextFile(file), "new");
    assertEquals(options.calls.at(-1), 3);
    await store.uploadObject("b", source, Object.create({ overwrite: true }));
  });
}
