import { assertEquals, assertRejects } from "@std/assert";
import { openSource } from "../../src/local/source.ts";

async function withFile(
  size: number,
  action: (path: string) => Promise<void>,
): Promise<void> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, new Uint8Array(size).fill(1));
    await action(path);
  } finally {
    await Deno.remove(path);
  }
}

async function change(path: string): Promise<void> {
  await Deno.writeFile(path, new Uint8Array(100_000).fill(2));
  await Deno.utime(path, 0, 0);
}

Deno.test("openSource() tells after a read that the file has changed", async () => {
  for (const length of [10, 100_000]) {
    await withFile(100_000, async (path) => {
      const source = await openSource(path);
      const buffer = new Uint8Array(length);
      await source.read(buffer, 0);
      assertEquals(buffer[0], 1);
      await change(path);
      const error = await assertRejects(() => source.read(buffer, 0));
      assertEquals((error as { code?: string }).code, "EBUSY");
      await source.close();
    });
  }
});

Deno.test("openSource() has a read that is not checked be vouched for later", async () => {
  await withFile(100_000, async (path) => {
    const source = await openSource(path);
    const buffer = new Uint8Array(10);
    await source.check();
    await change(path);
    await source.read(buffer, 0, { isChecked: false });
    await assertRejects(() => source.check());
    await source.close();
    await assertRejects(() => source.check(), Error, "closed");
  });
});
