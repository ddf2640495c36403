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

Deno.test("planDownload() makes ranges no smaller than what a line brings while it answers", () => {
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
      plan.settle({ latency, rate: rate * MIB / 1000 });
      return Math.round(plan.smallest / MIB * 10) / 10;
    },
  );
  assertEquals(smallest, [0.5, 1.6, 4.5, 7.2, 8]);
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
