import { assert, assertEquals, assertRejects } from "@std/assert";
import { ObjectStoreTransientError, withRetry } from "../../mod.ts";
import { makeTemporaryDirectory } from "../file_system/temporary_directory.ts";
import { findServers, startServer } from "../../tools/servers/mod.ts";
import { makeBytes, openStore, STORES } from "./open_store.ts";

for (const server of await findServers()) {
  for (const name of STORES) {
    Deno.test(`${name} gets over the death of ${server} in mid-transfer`, async () => {
      await using directory = await makeTemporaryDirectory();
      await using address = await startServer(server);
      await using store = openStore(name, address);
      const bytes = makeBytes();
      const source = await directory.write("source", bytes);
      const copy = directory.join("copy");
      await store.uploadObject("there", source);

      /** Kills the server once, in the middle of a transfer. */
      function killOnce() {
        let killed: Promise<void> | undefined;
        return {
          get isDone() {
            return killed !== undefined;
          },
          async callback(done: number, total: number) {
            if (done > 0 && done < total) await (killed ??= address.kill());
          },
        };
      }

      for (
        const operate of [
          (callback: (done: number, total: number) => Promise<void>) =>
            store.uploadObject("new", source, { callback }),
          (callback: (done: number, total: number) => Promise<void>) =>
            store.downloadObject("there", copy, { callback }),
        ]
      ) {
        const { callback } = killOnce();
        await assertRejects(
          () => operate(callback),
          ObjectStoreTransientError,
        );
        assertEquals(await directory.list(), ["source"]);
        await address.restart();
        assertEquals(await store.getObjectSize("there"), bytes.length);
        await assertRejects(() => store.getObjectSize("new"));
      }

      const patient = withRetry(store, {
        minTimeout: 1,
        onRetry: () => address.restart(),
      });
      const uploading = killOnce();
      await patient.uploadObject("new", source, {
        callback: uploading.callback,
      });
      const downloading = killOnce();
      await patient.downloadObject("new", copy, {
        callback: downloading.callback,
      });
      assert(uploading.isDone && downloading.isDone);
      assertEquals(await Deno.readFile(copy), bytes);
      assertEquals(await directory.list(), ["copy", "source"]);
    });
  }
}
