import { assert, assertEquals } from "@std/assert";
import type { PartUpload, TransferSettings } from "../../src/driver.ts";
import { DriverObjectStore } from "../../src/driver_store/driver_object_store.ts";
import { planDownload } from "../../src/transfer/download_plan.ts";
import { completeSettings } from "../../src/transfer/settings.ts";
import { bytesOf, makeDriver } from "../driver_store/make_driver.ts";

const MIB = 2 ** 20;
const STEP = 1000;
/** Of a service that never sends enough on one connection. */
const SLOW: TransferSettings = {
  sufficientRate: Number.MAX_SAFE_INTEGER,
  partSize: STEP,
  rangeSize: 100 * STEP,
  smallestRange: STEP,
};

async function inDirectory(
  run: (directory: string) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await run(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("a download has the rest of a range that does not come in another range", async () => {
  const bytes = bytesOf(30 * STEP);
  const asked: [offset: number, length: number][] = [];
  const isTakenOver = Promise.withResolvers<void>();
  async function* give(offset: number, length: number) {
    const isFirst = asked.length === 1;
    for (let at = offset; at < offset + length; at += STEP) {
      if (isFirst && at > offset) await isTakenOver.promise;
      yield bytes.slice(at, Math.min(at + STEP, offset + length));
    }
  }
  async function* giveBody() {
    yield bytes.slice(0, STEP);
    // Ranges are there when the body has been slow for long enough.
    while (asked.length < 2) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    yield bytes.slice(STEP);
  }
  const driver = makeDriver({
    settings: { ...SLOW, parallel: 3 },
    open: () =>
      Promise.resolve({
        ...{ size: bytes.length, bodySize: bytes.length, body: giveBody() },
        readRange: (offset, length) => {
          asked.push([offset, length]);
          const [from, size] = asked[0]!;
          const isWithin = offset > from && offset < from + size;
          if (isWithin) isTakenOver.resolve();
          return give(offset, length);
        },
      }),
  });
  await inDirectory(async (directory) => {
    await using store = new DriverObjectStore(driver);
    const counts: number[] = [];
    await store.downloadObject("a", `${directory}/copy`, {
      callback: (count) => void counts.push(count),
    });
    assertEquals(await Deno.readFile(`${directory}/copy`), bytes);
    assertEquals(counts.at(-1), bytes.length);
  });
});

// Deno's own look for timers that go on fails it, too.
Deno.test("a download that is aborted in its first call watches no line afterwards", async () => {
  const bytes = bytesOf(30 * STEP);
  const driver = makeDriver({
    settings: { ...SLOW, smallestRange: 100 * STEP, smallestSlowRange: STEP },
    open: () =>
      Promise.resolve({
        // With a checksum the bytes are not asked for at once.
        ...{ size: bytes.length, bodySize: bytes.length, crc32: 0 },
        body: ReadableStream.from([bytes]),
        readRange: () => ReadableStream.from([]),
      }),
  });
  await inDirectory(async (directory) => {
    const store = new DriverObjectStore(driver);
    const controller = new AbortController();
    const reason = new Error("enough");
    const download = store.downloadObject("a", `${directory}/copy`, {
      signal: controller.signal,
      callback: () => controller.abort(reason),
    });
    assertEquals(await download.catch((error) => error), reason);
    await store.close();
  });
});

Deno.test("an upload has more parts under way where all together are slow, and never more than may be", async () => {
  let sending = 0;
  let most = 0;
  const isFull = Promise.withResolvers<void>();
  const upload: PartUpload = {
    async writePart() {
      most = Math.max(most, ++sending);
      if (sending === 5) isFull.resolve();
      await isFull.promise;
      sending--;
    },
    commit: () => Promise.resolve(),
    discard: () => Promise.resolve(),
  };
  const driver = makeDriver({
    settings: { ...SLOW, parallel: 2, mostParallel: 5 },
    startUpload: () => Promise.resolve(upload),
  });
  await inDirectory(async (directory) => {
    await Deno.writeFile(`${directory}/source`, bytesOf(20 * STEP));
    await using store = new DriverObjectStore(driver);
    await store.uploadObject("a", `${directory}/source`);
  });
  assertEquals(most, 5);
});

/** Downloads a small object of which `chunks` come one by one, each after a pause, and tells how many ranges it took each time. */
async function downloadSmall(
  { chunks, times = 1, pause }: {
    chunks: number;
    times?: number;
    pause: (asked: () => number, time: number) => Promise<void>;
  },
): Promise<number[]> {
  const bytes = bytesOf(30 * STEP);
  const asked: number[] = [];
  async function* giveBody(time: number) {
    const length = bytes.length / chunks;
    for (let at = 0; at < bytes.length; at += length) {
      await pause(() => asked[time]!, time);
      yield bytes.slice(at, at + length);
    }
  }
  async function* give(offset: number, length: number) {
    yield bytes.slice(offset, offset + length);
  }
  const driver = makeDriver({
    settings: {
      ...{ ...SLOW, smallestRange: 10 * STEP, smallestSlowRange: STEP },
      ...{ parallel: 3, mostParallel: 3 },
    },
    open: () => {
      const time = asked.push(0) - 1;
      const body = giveBody(time);
      return Promise.resolve({
        ...{ size: bytes.length, bodySize: bytes.length, body },
        readRange: (offset, length) => {
          asked[time]!++;
          return give(offset, length);
        },
      });
    },
  });
  await inDirectory(async (directory) => {
    await using store = new DriverObjectStore(driver);
    for (let time = 0; time < times; time++) {
      await store.downloadObject("a", `${directory}/copy${time}`);
      assertEquals(await Deno.readFile(`${directory}/copy${time}`), bytes);
    }
  });
  return asked;
}

/** A slow line, until it is certain that it is one; a busy machine needs longer for that. */
async function waitForRanges(asked: () => number): Promise<void> {
  if (asked() > 0) return;
  await new Promise((resolve) => setTimeout(resolve, 20));
}

Deno.test("a small object that comes slowly is shared as soon as it is certain that the line is slow", async () => {
  const [asked = 0] = await downloadSmall({
    chunks: 3000,
    pause: waitForRanges,
  });
  assert(asked > 0);
});

Deno.test("a small object is shared at once where the line is known to be slow", async () => {
  const [, asked = 0] = await downloadSmall({
    ...{ chunks: 3000, times: 2 },
    async pause(asked, time) {
      if (time === 0) return await waitForRanges(asked);
      // Of this one nothing comes before ranges are asked for.
      for (let wait = 0; asked() === 0 && wait < 2000; wait++) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
  });
  assert(asked > 0);
});

Deno.test("a small object whose reader has no processor stays on its one connection", async () => {
  const asked = await downloadSmall({
    chunks: 30,
    pause: async () => {
      await new Promise((resolve) => setTimeout(resolve));
      const end = performance.now() + 30;
      while (performance.now() < end) { /* Others have it. */ }
    },
  });
  assertEquals(asked, [0]);
});

Deno.test("planDownload() makes ranges that nobody has planned for no smaller than what a line brings while it answers twice", () => {
  const settings = completeSettings({
    ...{ sufficientRate: 256 * MIB, rangeSize: 128 * MIB, parallel: 8 },
    ...{ smallestRange: 8 * MIB, smallestSlowRange: MIB / 2 },
  });
  async function* nothing(): AsyncGenerator<Uint8Array> {}
  const smallest = [[2, 20], [20, 80], [90, 20], [90, 80], [200, 80]].map(
    ([rate = 0, latency = 0]) => {
      const size = 16 * MIB;
      const object = {
        ...{ size, bodySize: size, body: nothing(), readRange: nothing },
      };
      const plan = planDownload(object, settings);
      assert(plan.startsAlone);
      plan.settle({
        ...{ latency, rate: rate * MIB / 1000 },
        ...{ connections: 8, kept: 0 },
      });
      return Math.round(plan.smallest / MIB * 10) / 10;
    },
  );
  assertEquals(smallest, [0.5, 3.2, 4.5, 8, 8]);
});

Deno.test("planDownload() leaves what is below 8 MiB on its one connection, however slow", () => {
  const settings = completeSettings({
    ...{ sufficientRate: 256 * MIB, rangeSize: 128 * MIB, parallel: 8 },
    ...{ smallestRange: 8 * MIB, smallestSlowRange: MIB / 2 },
  });
  async function* nothing(): AsyncGenerator<Uint8Array> {}
  const isShared = [8 * MIB - 1, 8 * MIB].map((size) =>
    planDownload({
      ...{ size, bodySize: size, body: nothing(), readRange: nothing },
    }, settings).startsAlone
  );
  assertEquals(isShared, [false, true]);
});
