import { crc32 } from "node:zlib";
import { type Failure, StoreFailure } from "../../../src/driver.ts";
import type { HttpRequest } from "./http_request.ts";

const OK: readonly number[] = [200, 201, 204, 206];

/** What a status and a code mean. */
export type Classify = (status: number, code: string | null) => Failure;

/** The answer to one request. Its body is read, or cancelled. */
export class HttpAnswer {
  /** The answer. */
  protected readonly response: Response;
  /** What it answers. */
  protected readonly request: HttpRequest;
  readonly #classify: Classify;

  /** @param response The answer. @param request What it answers. @param classify What a failure means. */
  constructor(response: Response, request: HttpRequest, classify: Classify) {
    this.response = response;
    this.request = request;
    this.#classify = classify;
  }

  /** The status. */
  get status(): number {
    return this.response.status;
  }

  /** The service's code of what went wrong, which it may also say with a success. */
  get errorCode(): string | null {
    return this.response.headers.get("x-error-code");
  }

  /** Seconds that the service asks to wait before another attempt; 0 if it does not ask. It says a number or a date. */
  get retryAfter(): number {
    const text = this.response.headers.get("retry-after") ?? "0";
    if (/^\d+$/.test(text)) return Number(text);
    const date = Date.parse(text);
    return Number.isNaN(date) ? 0 : Math.max(0, (date - Date.now()) / 1_000);
  }

  /** Throws what an answer means that is not a success. */
  async expectOk(): Promise<void> {
    if (this.isOk()) return;
    await this.cancel();
    const failure = this.#classify(this.status, this.errorCode);
    throw new StoreFailure(failure.code, failure.reason);
  }

  /** A header that must be there. */
  header(name: string): string {
    const value = this.response.headers.get(name);
    if (value !== null) return value;
    this.request.end();
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
    const reader = this.response.body?.getReader();
    let sum = 0;
    try {
      while (reader) {
        const { done, value } = await this.request.wait(reader.read());
        if (done) break;
        sum = crc32(value, sum);
        yield value;
      }
      this.checkSum(sum);
    } finally {
      reader?.releaseLock();
      await this.cancel();
    }
  }

  /** The body, from JSON. */
  async json<T>(): Promise<T> {
    const text: string = await this.request.wait(this.response.text());
    this.request.end();
    return JSON.parse(text);
  }

  /** Lets go of the connection, whether the body was read or not. */
  async cancel(): Promise<void> {
    const { body } = this.response;
    // A body that is being read ends by the request; one that has failed is over.
    if (body && !body.locked) await body.cancel().catch(() => {});
    this.request.end();
  }

  /** Whether the answer is a success. */
  protected isOk(): boolean {
    return OK.includes(this.status) && this.errorCode === null;
  }

  /** Refuses a body that is not what the server sent. */
  protected checkSum(sum: number): void {
    const announced = this.response.headers.get("x-body-crc32");
    if (announced === null || announced === `${sum}`) return;
    throw new StoreFailure("TRANSIENT", "the body arrived damaged");
  }

  #check(value: number, name: string): number {
    if (Number.isSafeInteger(value)) return value;
    this.request.end();
    throw new StoreFailure("OTHER", `the server gave a wrong '${name}'`);
  }
}
