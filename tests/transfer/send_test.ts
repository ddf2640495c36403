import { assertEquals, assertRejects } from "@std/assert";
import type { StoreDriver, UploadBody } from "../../src/driver.ts";
import { DriverObjectStore } from "../../src/driver_store/driver_object_store.ts";

const PIECE = 100_000;

/** Uploads a file of three pieces that a driver reads in some order; before its last read the file changes. */
async function upload(order: readonly number[]): Promise<void> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, new Uint8Array(3 * PIECE));
    const driver: StoreDriver = {
      getUri: (key) => `memory:${key}`,
      getSize: () => Promise.resolve(0),
      open: () => Promise.reject(new Error("not used")),
      close: () => Promise.resolve(),
      async put(_key, body: UploadBody) {
        const buffer = new Uint8Array(PIECE);
        for (const [turn, piece] of order.entries()) {
          if (turn === order.length - 1) {
            await Deno.writeFile(path, new Uint8Array(3 * PIECE).fill(1));
            await Deno.utime(path, 0, 0);
          }
          await body.read(buffer, piece * PIECE);
        }
      },
    };
    await using store = new DriverObjectStore(driver);
    await store.uploadObject("a", path);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("uploadObject() tells that the source has changed, in whatever order it is read", async () => {
  const orders = [
    [0, 1, 2],
    [2, 1, 0],
    [1, 2, 0],
    [0, 2, 1],
    [0, 1, 2, 0, 1, 2],
    [0, 1, 0, 2, 1],
    [0, 1, 2, 1],
  ];
  for (const order of orders) {
    const error = await assertRejects(() => upload(order));
    assertEquals((error as { code?: string }).code, "EBUSY", `${order}`);
  }
});
