import { StoreFailure } from "../../driver.ts";
import { isSilence } from "../../failure.ts";
import type { Silence } from "./silence.ts";

const MIB = 2 ** 20;
/** Bytes of an answer in XML at most: a page of a listing, with a thousand keys of 1024 bytes that are encoded, has some 4 MiB. */
const LARGEST_ANSWER = 16 * MIB;
/** Bytes of a refusal that are read: its code and its message come first. */
const LARGEST_REFUSAL = 2 ** 16;
/** An answer may take this many times the timeout as a whole. */
const ANSWER_TIMEOUTS = 10;
/** Milliseconds that the body of a refusal may take: its status alone says most of it. */
const REFUSAL_TIME = 5_000;
/** Statuses that mean too many things without a code: a body that is lost is worth asking for again. */
const VAGUE: ReadonlySet<number> = new Set([301, 307, 400, 404, 409]);

/** The error that ends an answer which does not end by itself. */
class LateError extends Error {
  override readonly name = "LateError";
  /** The code of a socket that timed out. */
  readonly code = "ETIMEDOUT";
}

/** Options of {@linkcode readText}. */
export interface ReadTextOptions {
  /** The status of the answer. */
  readonly status: number;
  /** Reads so many bytes of the body at most, and then gives it up. */
  readonly chunks: (size: number) => AsyncIterable<Uint8Array>;
  /** The watch on the silence of the body. */
  readonly silence: Silence;
}

/**
 * Reads the body of an answer in XML as text, within bounds (clause 27): at
 * most 16 MiB, within ten times the timeout. Of a refusal, which its status
 * decides, as much as has come is enough: at most 64 KiB, within five seconds.
 *
 * @param options The answer.
 * @throws {StoreFailure} If the answer to a success is larger.
 * @throws What the connection's loss or silence is, unless the status of a refusal says enough.
 */
export async function readText(
  { status, chunks, silence }: ReadTextOptions,
): Promise<string> {
  const isRefusal = status >= 300;
  const largest = isRefusal ? LARGEST_REFUSAL : LARGEST_ANSWER;
  const time = isRefusal
    ? Math.min(silence.timeout, REFUSAL_TIME)
    : silence.timeout * ANSWER_TIMEOUTS;
  let late: LateError | undefined;
  const timer = setTimeout(() => {
    late = new LateError(`the answer did not end within ${time} ms`);
    silence.fail(late);
  }, time);
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let text = "";
  let size = 0;
  try {
    for await (const chunk of chunks(largest + 1)) {
      size += chunk.length;
      text += decoder.decode(chunk, { stream: true });
    }
  } catch (error) {
    const isSlow = (late && error === late) || isSilence(error);
    const isEnough = isSlow || (!silence.isStopped && !VAGUE.has(status));
    if (!isRefusal || !isEnough) throw error;
  } finally {
    clearTimeout(timer);
  }
  if (size > largest && !isRefusal) {
    throw new StoreFailure(
      "OTHER",
      `the answer is larger than ${LARGEST_ANSWER / MIB} MiB`,
    );
  }
  return text + decoder.decode();
}
