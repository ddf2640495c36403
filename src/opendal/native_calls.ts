import { abortable } from "@std/async/abortable";
import { delay } from "@std/async/delay";
import { StoreFailure } from "../driver.ts";
import { IdleTimeout, SilentFailure } from "../requests/idle_timeout.ts";

/** Bytes that a call may carry within its time; one that carries more has as many times longer. */
const BYTES_IN_TIME = 8 * 2 ** 20;
/** The longest time that a timer takes. */
const LONGEST = 2 ** 31 - 1;

/** Circumstances of a native call. */
export interface NativeCallOptions {
  /** Ends the wait. */
  readonly signal: AbortSignal;
  /** Bytes that it carries before it can settle. @default {0} */
  readonly bytes?: number;
}

/**
 * Calls of native code, which nothing can end: they are waited for until they settle, the signal
 * fires or their time is over, and go on behind it. {@linkcode NativeCalls.settled} waits for those.
 */
export class NativeCalls {
  readonly #timeout: number;
  readonly #parent: NativeCalls | undefined;
  /** The calls, each with the milliseconds that it may take. */
  readonly #running = new Map<Promise<unknown>, number>();

  /**
   * @param timeout How long a call that carries up to 8 MiB may take, in milliseconds.
   * @param parent What also waits for the calls.
   */
  constructor(timeout: number, parent?: NativeCalls) {
    this.#timeout = timeout;
    this.#parent = parent;
  }

  /** Makes a group of calls, such as those of one operation, that can be waited for apart. */
  group(): NativeCalls {
    return new NativeCalls(this.#timeout, this);
  }

  /**
   * Makes a call and waits for it. Nothing tells how far it is, so that its time grows with what it
   * carries: otherwise a large object could not be sent over a link on which its bytes flow.
   *
   * @param call Makes it.
   * @param options The signal, and how much it carries.
   * @returns What it gave.
   * @throws {StoreFailure} `TRANSIENT` if it took too long.
   */
  async run<T>(
    call: () => Promise<T>,
    { signal, bytes = 0 }: NativeCallOptions,
  ): Promise<T> {
    signal.throwIfAborted();
    const limit = Math.min(
      Math.ceil(this.#timeout * Math.max(1, bytes / BYTES_IN_TIME)),
      LONGEST,
    );
    const settled = this.#keep(call(), limit);
    const idle = new IdleTimeout(limit, { signal });
    try {
      return await abortable(settled, idle.signal);
    } catch (error) {
      if (!(error instanceof SilentFailure)) throw error;
      throw new StoreFailure("TRANSIENT", `no answer for ${limit} ms`);
    } finally {
      idle.end();
    }
  }

  /**
   * Makes a call when all of the group have settled: what is still being written cannot be removed
   * before it is there. Only {@linkcode NativeCalls.settled} waits for it, and its failure is not
   * told, as it tidies up after another one.
   *
   * @param call Makes it.
   */
  afterwards(call: () => Promise<unknown>): void {
    const limit = this.#longest() + this.#timeout;
    const tidied = Promise.allSettled([...this.#running.keys()]).then(call);
    this.#keep(tidied, limit).catch(() => {});
  }

  /** Waits before the next attempt, for up to `ms` milliseconds. */
  async pause(ms: number, signal: AbortSignal): Promise<void> {
    await delay(ms * (0.5 + Math.random() / 2), { signal });
  }

  /** Waits for every call that is still running, for as long as one may take. */
  async settled(): Promise<void> {
    if (this.#running.size === 0) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#longest());
    });
    const all = Promise.allSettled([...this.#running.keys()]);
    await Promise.race([all, late]);
    clearTimeout(timer);
  }

  #longest(): number {
    return Math.min(Math.max(0, ...this.#running.values()), LONGEST);
  }

  #keep<T>(promise: Promise<T>, limit: number): Promise<T> {
    this.#running.set(promise, limit);
    const forget = (): void => void this.#running.delete(promise);
    promise.then(forget, forget);
    if (this.#parent) this.#parent.#keep(promise, limit);
    return promise;
  }
}
