import type { PartUpload, StoringOptions } from "../driver.ts";
import { discard } from "./discard.ts";
import { HeldPart } from "./held_part.ts";
import { type PartGrowth, planParts } from "./part_growth.ts";
import { PassingBody } from "./passing_body.ts";
import { tooLarge } from "./send.ts";
import type { StreamSource } from "./stream_source.ts";
import { Counter, type Transfer } from "./transfer.ts";

/** The largest size in bytes of a stream that is held for a driver that stores every object in one request. */
const LARGEST_HELD = 16 * 2 ** 20;

/** Options of a stored stream. */
export interface SendStreamOptions {
  /** The key. */
  readonly key: string;
  /** The size of the stream in bytes, if it is known. */
  readonly size: number | undefined;
  /** The signal, and what is kept with the object. */
  readonly storing: StoringOptions;
}

/** The way in which the parts of a stream are sent. */
interface SendPartsOptions {
  readonly source: StreamSource;
  readonly size: number | undefined;
  readonly plan: PartGrowth;
  /** The bytes that were read already. */
  readonly first: Uint8Array<ArrayBuffer>;
  readonly onProgress: (bytes: number) => void;
}

/**
 * Sends a stream to the service: what fits into one part in one request, and more in parts, which are
 * read one after the other, held, and sent side by side.
 *
 * @param source The stream.
 * @param options What it is stored as.
 */
export async function sendStream(
  transfer: Transfer,
  source: StreamSource,
  { key, size, storing }: SendStreamOptions,
): Promise<void> {
  const { driver, operation, progress } = transfer;
  const { settings } = transfer;
  const { largestObject } = settings;
  if (size !== undefined) {
    if (size > largestObject) throw tooLarge(`${size}`, largestObject);
    progress.begin(size);
    // The first call of the callback may have thrown or aborted.
    operation.check();
  }
  const counter = size === undefined ? undefined : new Counter(progress);
  const onProgress = (bytes: number) => counter?.add(bytes);
  const plan = planParts(size, settings);
  const hasParts = driver.startUpload !== undefined;
  if (!hasParts && size !== undefined && size > LARGEST_HELD) {
    const body = new PassingBody(source, { size, onProgress });
    return await driver.put(key, body, storing);
  }
  const limit = hasParts ? plan.sizeOf(0) : size ?? largestObject;
  const first = await source.take(Math.min(limit, size ?? limit));
  if (await source.isAtEnd()) {
    checkSize(source, first.length, size);
    progress.settleTotal(first.length);
    const body = new HeldPart(first, { index: 0, offset: 0, onProgress });
    operation.check();
    return await driver.put(key, body, storing);
  }
  if (first.length === size) source.refuseSize(size, "more");
  if (!hasParts) throw tooLarge(`more than ${limit}`, largestObject);
  const upload = await driver.startUpload!(key, size, storing);
  try {
    const parts = { source, size, plan, first, onProgress };
    progress.settleTotal(await sendParts(transfer, upload, parts));
    operation.check();
    await upload.commit({ signal: operation.signal });
  } catch (error) {
    transfer.fail(error);
    await discard(upload);
    throw error;
  }
}

/** Sends part after part; resolves to how many bytes they have when all of them are confirmed. */
async function sendParts(
  transfer: Transfer,
  upload: PartUpload,
  { source, size, plan, first, onProgress }: SendPartsOptions,
): Promise<number> {
  const { operation } = transfer;
  const { largestObject, maxParts } = transfer.settings;
  const sending = new Set<Promise<void>>();
  const free: Uint8Array<ArrayBuffer>[] = [];
  let bytes = first;
  let offset = 0;

  async function write(part: HeldPart): Promise<void> {
    try {
      await upload.writePart(part, { signal: operation.signal });
      part.count(part.size);
      free.push(part.bytes);
    } catch (error) {
      // Stops the others, and the waiting for the stream.
      transfer.fail(error);
    }
  }

  try {
    for (let index = 0; bytes.length > 0; index++) {
      if (index >= maxParts) throw tooLarge(`more than ${offset}`, offset);
      const sent = write(new HeldPart(bytes, { index, offset, onProgress }));
      sending.add(sent);
      sent.then(() => sending.delete(sent));
      offset += bytes.length;
      if (offset > largestObject) {
        throw tooLarge(`more than ${largestObject}`, largestObject);
      }
      if (await source.isAtEnd()) break;
      if (offset === size) source.refuseSize(size, "more");
      const left = size === undefined ? Infinity : size - offset;
      const wanted = Math.min(plan.sizeOf(index + 1), left);
      while (sending.size >= plan.parallelOf(wanted)) {
        await operation.race(Promise.race(sending));
      }
      const held = free.pop();
      const buffer = held && held.length >= wanted
        ? held.subarray(0, wanted)
        : new Uint8Array(wanted);
      bytes = buffer.subarray(0, await source.fill(buffer));
    }
    checkSize(source, offset, size);
  } catch (error) {
    transfer.fail(error);
  }
  await Promise.all(sending);
  operation.check();
  return offset;
}

function checkSize(
  source: StreamSource,
  found: number,
  size: number | undefined,
): void {
  if (size === undefined || found === size) return;
  source.refuseSize(size, found < size ? "fewer" : "more");
}
