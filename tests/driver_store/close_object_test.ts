import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { DriverObjectStore } from "../../src/driver_store/driver_object_store.ts";
import type { OpenObject } from "../../src/driver.ts";
import { makeTemporaryDirectory } from "../file_system/temporary_directory.ts";
import { bytesOf, lost, ReadingDriver } from "./make_driver.ts";

const SIZE = 5_000;

/** Ways in which letting go of an object fails. */
const CLOSES: Readonly<Record<string, NonNullable<OpenObject["close"]>>> = {
  "rejects": () => Promise.reject(new Error("of close()")),
  "throws": () => {
    throw new Error("of close()");
  },
  "never settles": () => new Promise(() => {}),
};

async function* breaking(): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytesOf(10));
  throw lost();
}

function makeStore(object: Partial<OpenObject>): DriverObjectStore {
  const { driver } = new ReadingDriver(bytesOf(SIZE), { object });
  return new DriverObjectStore(driver);
}

for (const [how, close] of Object.entries(CLOSES)) {
  Deno.test(`a download whose body fails tells that, although close() of the object ${how}`, async () => {
    await using directory = await makeTemporaryDirectory();
    const store = makeStore({ body: breaking(), close });
    const error = await assertRejects(
      () => store.downloadObject("a", directory.join("file")),
      Error,
    );
    assertEquals((error as { code?: unknown }).code, "TRANSIENT");
    assertMatch(error.message, /lost/);
  });

  Deno.test(`a download of which everything has come resolves, although close() of the object ${how}`, async () => {
    await using directory = await makeTemporaryDirectory();
    const store = makeStore({ close });
    await store.downloadObject("a", directory.join("file"));
    assertEquals(
      await Deno.readFile(directory.join("file")),
      bytesOf(SIZE),
    );
  });

  Deno.test(`a download whose file cannot be made tells that, although close() of the object ${how}`, async () => {
    await using directory = await makeTemporaryDirectory();
    const parent = directory.join("parent");
    const { driver } = new ReadingDriver(bytesOf(SIZE), { object: { close } });
    const store = new DriverObjectStore({
      ...driver,
      async open(key, options) {
        // What was to become a directory is a file meanwhile.
        await Deno.writeTextFile(parent, "");
        return await driver.open(key, options);
      },
    });
    const error = await assertRejects(
      () => store.downloadObject("a", directory.join("parent", "file")),
      Error,
    );
    assertEquals((error as { code?: unknown }).code, "ENOTDIR");
  });

  Deno.test(`a stream whose body fails errors with that, although close() of the object ${how}`, async () => {
    const store = makeStore({ body: breaking(), close });
    const { stream } = await store.readObject("a");
    const error = await assertRejects(async () => {
      for await (const _ of stream) { /* Only its end matters. */ }
    }, Error);
    assertEquals((error as { code?: unknown }).code, "TRANSIENT");
  });
}
