import { assertEquals, assertRejects } from "@std/assert";
import fs from "node:fs";
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

Deno.test("openSource() closes the file only when the reads in flight have ended", async () => {
  await withFile(100_000, async (path) => {
    const source = await openSource(path);
    const { read } = fs;
    const asked = Promise.withResolvers<() => void>();
    function readLater(...args: unknown[]): void {
      asked.resolve(() => Reflect.apply(read, fs, args));
    }
    Object.assign(fs, { read: readLater });
    try {
      const buffer = new Uint8Array(100_000);
      const reading = source.read(buffer, 0);
      const proceed = await asked.promise;
      Object.assign(fs, { read });
      const closing = source.close();
      await Promise.resolve();
      proceed();
      await reading;
      await closing;
      assertEquals(buffer.at(-1), 1);
    } finally {
      Object.assign(fs, { read });
    }
  });
});

Deno.test("openSource() does not open what is no regular file", async () => {
  const { open, openSync } = fs;
  const opened: unknown[] = [];
  const note = (path: unknown): never => {
    opened.push(path);
    throw new Error("it was opened");
  };
  Object.assign(fs, { open: note, openSync: note });
  try {
    const error = await assertRejects(() => openSource(Deno.cwd()));
    assertEquals((error as { code?: string }).code, "EISDIR");
  } finally {
    Object.assign(fs, { open, openSync });
  }
  assertEquals(opened, []);
});

Deno.test({
  name: "openSource() closes a file again that it refuses",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const { close, closeSync } = fs;
    let closed = 0;
    Object.assign(fs, {
      close: (...args: Parameters<typeof close>) => (closed++, close(...args)),
      closeSync: (fd: number) => (closed++, closeSync(fd)),
    });
    try {
      const error = await assertRejects(() => openSource("/proc/version"));
      assertEquals((error as { code?: string }).code, "EINVAL");
    } finally {
      Object.assign(fs, { close, closeSync });
    }
    assertEquals(closed, 1);
  },
});
