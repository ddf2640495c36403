import { StoreFailure } from "../driver.ts";

/**
 * The failure of a request on which no byte has moved for too long.
 * `retryRequest()` does not try it again: it has waited enough.
 *
 * @example
 * ```ts
 * import { SilentFailure } from "@storekit/object-store/driver";
 *
 * console.log(new SilentFailure(30_000).reason); // no byte for 30000 ms
 * ```
 */
export class SilentFailure extends StoreFailure {
  /** The name of its class. */
  override readonly name: string = "SilentFailure";

  /**
   * Makes the failure.
   *
   * @param timeout The milliseconds that passed without a byte.
   */
  constructor(timeout: number) {
    super("TRANSIENT", `no byte for ${timeout} ms`);
  }
}

/** The number of pieces that a timeout is cut into. */
const TICKS = 8;

/**
 * Ends a request on which no byte moves, and no other: a slow one goes on for
 * as long as it likes (clause 27). Time in which the program itself is waited
 * for, be it the reader of a download or the source of an upload, does not
 * count; a process that was held up is given another look.
 *
 * End it on every way out, or its timer keeps the process alive and its
 * listener stays on the signal: with `using`, by reading a watched download to
 * its end, or in the `close()` of an `OpenObject`. In a driver's
 * `open()` hand the answer's body to {@linkcode IdleTimeout.watchDownload} before
 * it returns: between that and the first read the store looks at its destination,
 * or its caller waits, and that is no silence of the service.
 *
 * @example A download
 * ```ts
 * import { IdleTimeout } from "@storekit/object-store/driver";
 *
 * export async function readBytes(url: string, signal: AbortSignal): Promise<Uint8Array> {
 *   using idle = new IdleTimeout(30_000, { signal });
 *   const response = await fetch(url, { signal: idle.signal });
 *   const chunks: Uint8Array[] = [];
 *   for await (const chunk of idle.watchDownload(response.body ?? [])) chunks.push(chunk);
 *   return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
 * }
 * ```
 *
 * @example An upload
 * ```ts
 * import { IdleTimeout } from "@storekit/object-store/driver";
 *
 * export async function send(url: string, chunks: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<number> {
 *   using idle = new IdleTimeout(30_000, { signal });
 *   const body = idle.watchUpload(chunks);
 *   const response = await fetch(url, { method: "PUT", body, signal: idle.signal });
 *   await response.body?.cancel();
 *   return response.status;
 * }
 * ```
 */
export class IdleTimeout implements Disposable {
  readonly #controller = new AbortController();
  readonly #source: AbortSignal | undefined;
  readonly #timeout: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #silentTicks = 0;
  #isPaused = false;

  /**
   * Begins to wait for the service.
   *
   * @param timeout Milliseconds without a byte that are too long; at most an eighth more pass.
   * @param options The caller's signal, which ends the request as well.
   * @throws {RangeError} If the timeout is no positive number.
   */
  constructor(timeout: number, options: { signal?: AbortSignal } = {}) {
    if (!(timeout > 0 && timeout < Infinity)) {
      throw new RangeError(
        `Cannot watch a request as 'timeout' must be a positive number: current value is ${timeout}`,
      );
    }
    this.#timeout = timeout;
    this.#source = options.signal;
    this.#source?.addEventListener("abort", this.#onAbort);
    if (this.#source?.aborted) this.#onAbort();
    else this.#timer = setTimeout(this.#onTick, timeout / TICKS);
  }

  /** Fires when the request is to end: with a {@linkcode SilentFailure}, or with the caller's own reason. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Says that a byte went or came, where nobody watches the body. */
  break(): void {
    this.#silentTicks = 0;
    this.#isPaused = false;
  }

  /**
   * Watches what comes. The last byte ends the timeout, and so does a reader
   * who stops before. From this call on the time counts only while a chunk is
   * waited for: whoever is given the body may read it later.
   *
   * @param body The body of an answer.
   * @returns The same chunks; waiting for one ends with the reason of `signal`
   * where it fires, also if the body itself takes no notice.
   */
  watchDownload(
    body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    this.#isPaused = true;
    const iterator = toIterator(body);
    const chunks = this.#watch(iterator);
    const end = chunks.return.bind(chunks);
    // A generator of which nothing was read ends without running anything.
    chunks.return = async (value) => {
      this.#letGo(iterator);
      return await end(value);
    };
    return chunks;
  }

  async *#watch(
    iterator: AsyncIterator<Uint8Array>,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      while (true) {
        this.break();
        const { done, value } = await this.#untilFired(iterator.next());
        // Until the reader wants more it is not the service that is waited for.
        this.#isPaused = true;
        if (done) return;
        yield value;
      }
    } finally {
      this.#letGo(iterator);
    }
  }

  #letGo(iterator: AsyncIterator<Uint8Array>): void {
    this.end();
    // A body that hangs does not end its reading either, so nobody waits.
    Promise.resolve(iterator.return?.()).catch(() => {});
  }

  /**
   * Watches what goes out: each chunk that is taken breaks the silence, and
   * the time that the source takes does not count.
   *
   * @param chunks The bytes to send.
   * @returns A body for `fetch`. Where the signal fires, it ends with its reason, and so does the source.
   */
  watchUpload(
    chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  ): ReadableStream<Uint8Array<ArrayBuffer>> {
    const iterator = toIterator(chunks);
    const end = async (): Promise<void> => {
      await iterator.return?.();
    };
    return new ReadableStream({
      pull: async (controller) => {
        this.#silentTicks = 0;
        this.#isPaused = true;
        try {
          const { done, value } = await this.#untilFired(iterator.next());
          if (done) controller.close();
          else controller.enqueue(value as Uint8Array<ArrayBuffer>);
        } catch (error) {
          controller.error(error);
          end().catch(() => {});
        }
        // From here on the service is to take it, or to answer.
        this.break();
      },
      cancel: end,
    }, { highWaterMark: 0 });
  }

  /** Ends the watch: no timer and no listener stay. Idempotent. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#source?.removeEventListener("abort", this.#onAbort);
  }

  /** Ends the watch. */
  [Symbol.dispose](): void {
    this.end();
  }

  async #untilFired<T>(promise: Promise<T>): Promise<T> {
    const { signal } = this;
    const { promise: fired, reject } = Promise.withResolvers<never>();
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort);
    // One of both is not waited for any more.
    promise.catch(() => {});
    fired.catch(() => {});
    try {
      return await Promise.race([fired, promise]);
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  #fail(reason: unknown): void {
    this.end();
    this.#controller.abort(reason);
  }

  readonly #onAbort = (): void => this.#fail(this.#source?.reason);

  // One timer that counts: one for each byte would cost more than the byte. After a pause of the
  // whole process it has fired once, however long that was.
  readonly #onTick = (): void => {
    if (!this.#isPaused) this.#silentTicks++;
    if (this.#silentTicks > TICKS) {
      this.#fail(new SilentFailure(this.#timeout));
      return;
    }
    this.#timer = setTimeout(this.#onTick, this.#timeout / TICKS);
  };
}

async function* toAsync<T>(items: Iterable<T>): AsyncGenerator<T> {
  for (const item of items) yield await Promise.resolve(item);
}

function toIterator<T>(
  items: AsyncIterable<T> | Iterable<T>,
): AsyncIterator<T> {
  return Symbol.asyncIterator in items
    ? items[Symbol.asyncIterator]()
    : toAsync(items);
}
