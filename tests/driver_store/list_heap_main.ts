/** Lists many names and prints how many bytes of heap each one keeps while the listing runs. Run with `--v8-flags=--expose-gc`. */
import type { StoreDriver } from "../../src/driver.ts";
import { ListableDriverObjectStore } from "../../src/driver_store/driver_object_store.ts";
import { withRetry } from "../../mod.ts";

const COUNT = 200_000;
const collect = (globalThis as unknown as { gc(): void }).gc;

const driver = {
  getUri: (key: string) => `test:${key}`,
  async *list() {
    for (let index = 0; index < COUNT; index++) {
      yield await Promise.resolve(`name-${index}`);
    }
  },
  close: () => Promise.resolve(),
} as unknown as StoreDriver & Required<Pick<StoreDriver, "list">>;

const plain = new ListableDriverObjectStore(driver);
for (const store of [plain, withRetry(plain)]) {
  const { signal } = new AbortController();
  let before = 0;
  let count = 0;
  for await (const _ of store.listObjects("", { signal })) {
    count++;
    // What a turn of the event loop lets go of is not kept.
    if (count % 1000 === 0) await new Promise((done) => setTimeout(done, 0));
    if (count === 1000) before = measure();
    if (count === COUNT) console.log((measure() - before) / (COUNT - 1000));
  }
}

function measure(): number {
  collect();
  collect();
  return Deno.memoryUsage().heapUsed;
}
