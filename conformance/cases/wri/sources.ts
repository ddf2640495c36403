import type { CaseContext } from "../../model/case.ts";
import { expect } from "../../checks/expect.ts";
import { waitUntil } from "../shared/transfers.ts";

/** Bytes of a chunk, if a case does not care: several in a small part, and odd. */
const CHUNK = 16_381;

/** A stream that tells what was done with it. It gives a chunk when it is asked for one, and no sooner. */
export interface Source {
  /** The stream. */
  readonly stream: ReadableStream<Uint8Array>;
  /** The number of times that it was asked for more. */
  readonly pulls: number;
  /** True once it was cancelled, or read to its end: nobody waits for it any more. */
  readonly isOver: boolean;
  /** Resolves when it waits, where it is one that does. */
  readonly waiting: Promise<void>;
  /** Lets it go on. */
  goOn(): void;
}

/** Options of a {@linkcode Source}. */
export interface SourceOptions {
  /** Bytes of a chunk. */
  readonly chunkSize?: number;
  /** Waits before it gives the byte of this number, until it is let go on. */
  readonly waitAt?: number;
  /** Errors in the place of the byte of this number. */
  readonly failAt?: number;
  /** With what it errors. */
  readonly error?: unknown;
}

/** Makes a {@linkcode Source} of bytes. */
export function makeSource(
  bytes: Uint8Array,
  { chunkSize = CHUNK, waitAt, failAt = Infinity, error }: SourceOptions = {},
): Source {
  const gate = Promise.withResolvers<void>();
  const waiting = Promise.withResolvers<void>();
  let done = 0;
  let pulls = 0;
  let isOver = false;
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      pulls++;
      if (waitAt !== undefined && done >= waitAt) {
        waiting.resolve();
        await gate.promise;
      }
      if (isOver) return;
      if (done >= failAt) return controller.error(error);
      // A chunk never goes beyond the place where something happens.
      const wait = waitAt !== undefined && done < waitAt ? waitAt : Infinity;
      const end = Math.min(bytes.length, done + chunkSize, failAt, wait);
      if (end > done) controller.enqueue(bytes.slice(done, end));
      done = end;
      if (done < bytes.length || failAt <= done) return;
      isOver = true;
      controller.close();
    },
    cancel() {
      isOver = true;
      gate.resolve();
    },
  }, { highWaterMark: 0 });
  return {
    stream,
    get pulls() {
      return pulls;
    },
    get isOver() {
      return isOver;
    },
    waiting: waiting.promise,
    goOn: () => gate.resolve(),
  };
}

/** A stream that gives the same bytes again and again, and never ends. */
export function makeEndless(bytes: Uint8Array): Source {
  let isOver = false;
  let pulls = 0;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulls++;
      controller.enqueue(bytes.slice());
    },
    cancel() {
      isOver = true;
    },
  }, { highWaterMark: 0 });
  return {
    stream,
    get pulls() {
      return pulls;
    },
    get isOver() {
      return isOver;
    },
    waiting: new Promise(() => {}),
    goOn() {},
  };
}

/** Fails the case unless a source is cancelled, or soon is; one that was read to its end has nothing to cancel. */
export async function expectCancelled(
  ctx: CaseContext,
  source: Source,
  what: string,
): Promise<void> {
  await waitUntil(() => source.isOver, 2_000);
  expect(ctx, source.isOver, {
    expected: `${what}: its stream is cancelled`,
    observed: "it is not",
    clause: 33,
    hint: "who reads from a file or a socket waits for ever",
  });
}
