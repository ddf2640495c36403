import { abortable } from "@std/async/abortable";
import { delay } from "@std/async/delay";
import { StoreFailure } from "../driver.ts";

/**
 * Calls of native code, which nothing can end: they are waited for until they settle, the signal
 * fires or their time is over, and go on behind it. {@linkcode NativeCalls.settled} waits for those.
 */
export class NativeCalls {
  readonly #timeout: number;
  readonly #parent: NativeCalls | undefined;
  readonly #running = new Set<Promise<unknown>>();

  /**
   * @param timeout How long a call may take, in milliseconds.
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
   * Makes a call and waits for it.
   *
   * @param call Makes it.
   * @param signal Ends the wait.
   * @returns What it gave.
   * @throws {StoreFailure} `TRANSIENT` if it took too long.
   */
  async run<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const settled = this.#keep(call());
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(
      () =>
        reject(
          new StoreFailure(
            "TRANSIENT",
            `no answer for ${this.#timeout} ms`,
          ),
        ),
      this.#timeout,
    );
    try {
      return await abortable(Promise.race([settled, late]), signal);
    } finally {
      clearTimeout(timer);
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
    const tidied = Promise.allSettled([...this.#running]).then(call);
    this.#keep(tidied).catch(() => {});
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
      timer = setTimeout(resolve, this.#timeout);
    });
    const all = Promise.allSettled([...this.#running]);
    await Promise.race([all, late]);
    clearTimeout(timer);
  }

  #keep<T>(promise: Promise<T>): Promise<T> {
    this.#running.add(promise);
    const forget = (): void => void this.#running.delete(promise);
    promise.then(forget, forget);
    if (this.#parent) this.#parent.#keep(promise);
    return promise;
  }
}
