import { StoreFailure } from "../../../src/driver.ts";
import { countTicks } from "../../../conformance/checks/ticks.ts";

/** One request: it ends by the caller's signal or when the server is silent. */
export class HttpRequest {
  /** Milliseconds that a silent server has. */
  readonly timeout: number;
  readonly #caller: AbortSignal;
  readonly #controller = new AbortController();
  #isLate = false;

  /** @param caller The operation's signal. @param timeout Milliseconds. */
  constructor(caller: AbortSignal, timeout: number) {
    this.#caller = caller;
    this.timeout = timeout;
    if (caller.aborted) this.#onAbort();
    caller.addEventListener("abort", this.#onAbort);
  }

  readonly #onAbort = (): void => this.#controller.abort(this.#caller.reason);

  /** What `fetch` needs. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Waits for the server; a lost connection and silence are transient. */
  async wait<T>(step: Promise<T>): Promise<T> {
    const ticks = countTicks(this.timeout);
    ticks.over.then(() => {
      this.#isLate = true;
      this.#controller.abort();
    });
    try {
      return await step;
    } catch (error) {
      this.end();
      throw this.explain(error);
    } finally {
      ticks.stop();
    }
  }

  /** Ends what is still under way, and lets go of the caller's signal. */
  end(): void {
    this.#caller.removeEventListener("abort", this.#onAbort);
    this.#controller.abort();
  }

  /** What a step means that failed: silence, a lost connection, or something of the caller's. */
  protected explain(cause: unknown): unknown {
    if (this.#isLate) return this.explainSilence(cause);
    // The right to use the network is the caller's affair, not the service's.
    const isLocal = cause instanceof Deno.errors.NotCapable;
    if (this.#caller.aborted || isLocal) return cause;
    return this.explainLoss(cause);
  }

  /** What it means that the server said nothing for too long. */
  protected explainSilence(cause: unknown): unknown {
    const reason = `the server was silent for ${this.timeout} ms`;
    return new StoreFailure("TRANSIENT", reason, { cause });
  }

  /** What it means that the connection failed. */
  protected explainLoss(cause: unknown): unknown {
    return new StoreFailure("TRANSIENT", "the connection failed", { cause });
  }
}
