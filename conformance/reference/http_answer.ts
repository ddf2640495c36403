import { type Failure, StoreFailure } from "../../src/driver.ts";

const OK: readonly number[] = [200, 201, 204, 206];
const TRANSIENT: readonly number[] = [408, 425, 429];
const PERMANENT: readonly number[] = [501, 505];

/** One request: it ends by the caller's signal or when the server is silent. */
export class HttpRequest {
  readonly #caller: AbortSignal;
  readonly #timeout: number;
  readonly #controller = new AbortController();
  #isLate = false;

  /** @param caller The operation's signal. @param timeout Milliseconds. */
  constructor(caller: AbortSignal, timeout: number) {
    this.#caller = caller;
    this.#timeout = timeout;
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
    const timer = setTimeout(() => {
      this.#isLate = true;
      this.#controller.abort();
    }, this.#timeout);
    try {
      return await step;
    } catch (error) {
      this.end();
      throw this.#explain(error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends what is still under way, and lets go of the caller's signal. */
  end(): void {
    this.#caller.removeEventListener("abort", this.#onAbort);
    this.#controller.abort();
  }

  #explain(cause: unknown): unknown {
    if (this.#isLate) {
      const reason = `the server was silent for ${this.#timeout} ms`;
      return new StoreFailure("TRANSIENT", reason, { cause });
    }
    // The right to use the network is the caller's affair, not the service's.
    const isLocal = cause instanceof Deno.errors.NotCapable;
    if (this.#caller.aborted || isLocal) return cause;
    return new StoreFailure("TRANSIENT", "the connection failed", { cause });
  }
}

/** The answer to one request. Its body is read, or cancelled. */
export class HttpAnswer {
  readonly #response: Response;
  readonly #request: HttpRequest;

  /** @param response The answer. @param request What it answers. */
  constructor(response: Response, request: HttpRequest) {
    this.#response = response;
    this.#request = request;
  }

  /** The status. */
  get status(): number {
    return this.#response.status;
  }

  /** Throws what a status that is not a success means. */
  async expectOk(): Promise<void> {
    if (OK.includes(this.status)) return;
    await this.cancel();
    const code = this.#response.headers.get("x-error-code");
    const failure = classify(this.status, code);
    throw new StoreFailure(failure.code, failure.reason);
  }

  /** A header that must be there. */
  header(name: string): string {
    const value = this.#response.headers.get(name);
    if (value !== null) return value;
    this.#request.end();
    throw new StoreFailure("OTHER", `the server gave no '${name}'`);
  }

  /** A header that must be a safe integer. */
  integer(name: string): number {
    return this.#check(Number(this.header(name)), name);
  }

  /** Which bytes the body has, and how many the object. */
  range(): { start: number; end: number; size: number } {
    if (this.status !== 206) {
      const size = this.integer("content-length");
      return { start: 0, end: size, size };
    }
    const name = "content-range";
    const match = this.header(name).match(/^bytes (\d+)-(\d+)\/(\d+)$/);
    const [start, last, size] = [1, 2, 3].map((group) =>
      this.#check(Number(match?.[group]), name)
    ) as [number, number, number];
    return { start, end: last + 1, size };
  }

  /** The body. */
  async *chunks(): AsyncGenerator<Uint8Array, void> {
    const reader = this.#response.body?.getReader();
    try {
      while (reader) {
        const { done, value } = await this.#request.wait(reader.read());
        if (done) return;
        yield value;
      }
    } finally {
      reader?.releaseLock();
      await this.cancel();
    }
  }

  /** The body, from JSON. */
  async json<T>(): Promise<T> {
    const text: string = await this.#request.wait(this.#response.text());
    this.#request.end();
    return JSON.parse(text);
  }

  /** Lets go of the connection, whether the body was read or not. */
  async cancel(): Promise<void> {
    const { body } = this.#response;
    // A body that is being read ends by the request; one that has failed is over.
    if (body && !body.locked) await body.cancel().catch(() => {});
    this.#request.end();
  }

  #check(value: number, name: string): number {
    if (Number.isSafeInteger(value)) return value;
    this.#request.end();
    throw new StoreFailure("OTHER", `the server gave a wrong '${name}'`);
  }
}

/** What a status means; the code tells a missing bucket from a missing object. */
function classify(status: number, code: string | null): Failure {
  const what = `status ${status}${code === null ? "" : ` ${code}`}`;
  switch (status) {
    case 401:
    case 403:
      return { code: "PERMISSION_DENIED", reason: `permission denied` };
    case 404:
      return code === "NoSuchBucket"
        ? { code: "BUCKET_NOT_FOUND", reason: "bucket not found" }
        : code === "NoSuchUpload"
        ? { code: "OTHER", reason: "the upload is gone" }
        : { code: "OBJECT_NOT_FOUND", reason: "object not found" };
  }
  const isTransient = TRANSIENT.includes(status) ||
    (status >= 500 && !PERMANENT.includes(status));
  return isTransient
    ? { code: "TRANSIENT", reason: what }
    : { code: "OTHER", reason: what };
}
