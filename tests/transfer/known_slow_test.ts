import { assert, assertEquals } from "@std/assert";
import { StoreFailure, type TransferSettings } from "../../src/driver.ts";
import { DriverObjectStore } from "../../src/driver_store/driver_object_store.ts";
import { bytesOf, makeDriver } from "../driver_store/make_driver.ts";

const STEP = 1000;
/** Of a service that never sends enough on one connection, and for which thirty steps are a large object. */
const SLOW: TransferSettings = {
  sufficientRate: Number.MAX_SAFE_INTEGER,
  rangeSize: 100 * STEP,
  smallestRange: STEP,
  parallel: 3,
};

/** One of several downloads of the same object. */
interface Download {
  /** Ranges that were asked for. */
  asked: number;
  /** True once its body has been read to the end. */
  isRead: boolean;
}

/** What the service does. */
interface Service {
  /** Holds the body up before each of its steps. */
  pause(download: Download, index: number): Promise<void>;
  /** Makes ranges fail. */
  refuses?(index: number): boolean;
}

/** Downloads an object so many times, and tells what each time took. */
async function downloadTimes(
  times: number,
  { pause, refuses = () => false }: Service,
): Promise<Download[]> {
  const bytes = bytesOf(30 * STEP);
  const downloads: Download[] = [];
  async function* giveBody(download: Download, index: number) {
    for (let at = 0; at < bytes.length; at += STEP) {
      await pause(download, index);
      yield bytes.slice(at, at + STEP);
    }
    download.isRead = true;
  }
  const driver = makeDriver({
    settings: SLOW,
    open() {
      const download: Download = { asked: 0, isRead: false };
      const index = downloads.push(download) - 1;
      return Promise.resolve({
        ...{ size: bytes.length, bodySize: bytes.length },
        body: giveBody(download, index),
        async *readRange(offset, length) {
          download.asked++;
          if (refuses(index)) throw new StoreFailure("OTHER", "no ranges here");
          yield bytes.slice(offset, offset + length);
        },
      });
    },
  });
  const directory = await Deno.makeTempDir();
  try {
    await using store = new DriverObjectStore(driver);
    for (let time = 0; time < times; time++) {
      await store.downloadObject("a", `${directory}/copy${time}`);
      assertEquals(await Deno.readFile(`${directory}/copy${time}`), bytes);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
  return downloads;
}

/** A slow line, until ranges help it. */
async function comeSlowly({ asked }: Download): Promise<void> {
  if (asked > 0) return;
  await new Promise((resolve) => setTimeout(resolve, 5));
}

Deno.test("a large object is shared at once where the last one came too slowly", async () => {
  let askedAtOnce: number | undefined;
  await downloadTimes(2, {
    async pause(download, index) {
      if (index === 0) return await comeSlowly(download);
      // No watch has looked by then.
      await new Promise((resolve) => setTimeout(resolve));
      askedAtOnce ??= download.asked;
    },
  });
  assert(askedAtOnce! > 0);
});

Deno.test("a download begins without ranges where the last one could not have them", async () => {
  const downloads = await downloadTimes(3, {
    async pause(download, index) {
      if (index < 2) await comeSlowly(download);
    },
    refuses: (index) => index === 1,
  });
  assert(downloads[0]!.asked > 0);
  assert(downloads[1]!.asked > 0 && downloads[1]!.isRead);
  // It comes at once, and would have been shared before.
  assertEquals(downloads[2], { asked: 0, isRead: true });
});
