import { setImmediate } from "node:timers";

/** How fast one connection is, each way. */
export interface Pace {
  /** Bytes a second. */
  readonly rate: number;
  /** Milliseconds that each byte is on its way. */
  readonly delay: number;
}

interface Chunk {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly buffer: Uint8Array<ArrayBuffer>;
  readonly due: number;
}

const CHUNK_SIZE = 2 ** 18;
/** On a slow line bytes come in smaller pieces: no more than it carries in so many milliseconds. */
const CHUNK_TIME = 5;
const SMALLEST_CHUNK = 1024;
/** Bytes of a message whose way is felt even where it is shorter than a timer. */
const SHORT = 2 ** 14;

/**
 * Copies one direction of a connection as a long line would carry it: each
 * byte arrives late by the delay, and no more than the rate allows are on
 * their way, so that the sender feels it.
 *
 * @param source Where bytes come from, to its end.
 * @param target Where they go; it is told the end, too.
 * @param pace How fast.
 */
export async function copyPaced(
  source: Deno.TcpConn,
  target: Deno.TcpConn,
  { rate, delay }: Pace,
): Promise<void> {
  const chunkSize = Math.ceil(
    Math.min(CHUNK_SIZE, Math.max(SMALLEST_CHUNK, rate * CHUNK_TIME / 1000)),
  );
  const limit = rate * delay / 1000 + 2 * chunkSize;
  const queue: (Chunk | undefined)[] = [];
  // Fresh memory for each chunk would cost the server and the client the processor.
  const free: Uint8Array<ArrayBuffer>[] = [];
  let waiting = 0;
  let wakeReader = () => {};
  let wakeWriter = () => {};
  let hasFailed = false;

  async function read(): Promise<void> {
    let sent = 0;
    try {
      for (;;) {
        while (waiting > limit && !hasFailed) {
          await new Promise<void>((resolve) => wakeReader = resolve);
        }
        const buffer = free.pop() ?? new Uint8Array(chunkSize);
        const count = hasFailed ? null : await source.read(buffer);
        if (count === null) return;
        sent = Math.max(sent, performance.now()) + count / rate * 1000;
        waiting += count;
        const bytes = buffer.subarray(0, count);
        queue.push({ bytes, buffer, due: sent + delay });
        wakeWriter();
      }
    } finally {
      queue.push(undefined);
      wakeWriter();
    }
  }

  async function write(): Promise<void> {
    try {
      for (;;) {
        if (queue.length === 0) {
          await new Promise<void>((resolve) => wakeWriter = resolve);
        }
        const chunk = queue.shift();
        if (!chunk) break;
        const wait = chunk.due - performance.now();
        await (wait < 1 && chunk.bytes.length <= SHORT
          ? waitBriefly(chunk.due)
          : sleep(wait));
        await writeAll(target, chunk.bytes);
        waiting -= chunk.bytes.length;
        free.push(chunk.buffer);
        wakeReader();
      }
      await target.closeWrite();
    } finally {
      hasFailed = true;
      wakeReader();
    }
  }

  await Promise.all([read(), write()]);
}

/** Timers know no less than a millisecond, which of many bytes nobody notices. */
async function sleep(milliseconds: number): Promise<void> {
  if (milliseconds < 1) return;
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Waits for less than a timer can. */
async function waitBriefly(due: number): Promise<void> {
  while (performance.now() < due) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

async function writeAll(
  target: Deno.TcpConn,
  bytes: Uint8Array,
): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += await target.write(bytes.subarray(done));
  }
}
