import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { basename } from "@std/path";
import { TemporaryFile } from "../../src/local/temporary_file.ts";
import { denoFiles } from "../../src/platform/deno_files.ts";
import type { Files, NewFile } from "../../src/platform/file_access.ts";
import { nodeFiles } from "../../src/platform/node_files.ts";
import { makeTemporaryDirectory } from "../file_system/temporary_directory.ts";

/** Files whose `close()` waits for a promise. */
function closingAfter(closed: Promise<void>): Files {
  return {
    ...denoFiles,
    async create(path): Promise<NewFile> {
      const file = await denoFiles.create(path);
      return {
        write: (bytes, position) => file.write(bytes, position),
        sync: () => file.sync(),
        close: () => closed.then(() => file.close()),
      };
    },
  };
}

for (const [name, files] of Object.entries({ denoFiles, nodeFiles })) {
  Deno.test(`TemporaryFile over ${name} writes anywhere, syncs and closes, and takes nothing after that`, async () => {
    await using directory = await makeTemporaryDirectory();
    const file = await TemporaryFile.create(directory.path, files);
    assertMatch(basename(file.path), /^\.object-store-[0-9a-f]{32}\.tmp$/);
    await Promise.all([
      file.write(new Uint8Array([3, 4]), 2),
      file.write(new Uint8Array([1, 2]), 0),
    ]);
    await file.close({ isSynced: true });
    assertEquals([...await Deno.readFile(file.path)], [1, 2, 3, 4]);
    const late = await assertRejects(() => file.write(new Uint8Array(1), 0));
    assertEquals((late as { code?: unknown }).code, "EBADF");
    await file.close();
  });

  Deno.test(`TemporaryFile over ${name} is gone when it is discarded, closed or not`, async () => {
    await using directory = await makeTemporaryDirectory();
    const open = await TemporaryFile.create(directory.path, files);
    const closed = await TemporaryFile.create(directory.path, files);
    await closed.close();
    for (const file of [open, closed]) {
      await file.discard();
      await file.discard();
    }
    assertEquals(await Array.fromAsync(Deno.readDir(directory.path)), []);
  });
}

Deno.test("TemporaryFile close() does not wait for a slow system once the signal is aborted", async () => {
  await using directory = await makeTemporaryDirectory();
  const closed = Promise.withResolvers<void>();
  const files = closingAfter(closed.promise);
  const file = await TemporaryFile.create(directory.path, files);
  const controller = new AbortController();
  const closing = file.close({ signal: controller.signal });
  const reason = new Error("enough");
  controller.abort(reason);
  assertEquals(await assertRejects(() => closing), reason);
  const discarded = file.discard();
  closed.resolve();
  await discarded;
  assertEquals(await Array.fromAsync(Deno.readDir(directory.path)), []);
});
