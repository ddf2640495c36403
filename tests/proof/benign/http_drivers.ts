import { setTimeout } from "node:timers/promises";
import { crc32 } from "node:zlib";
import {
  type DriverOptions,
  type OpenObject,
  type OpenOptions,
  type PartUpload,
  StoreFailure,
  type UploadBody,
} from "../../../src/driver.ts";
import type { HttpAnswer } from "../reference/http_answer.ts";
import { HttpClient, type RequestOptions } from "../reference/http_client.ts";
import {
  HttpDriver,
  type ObjectRange,
  readAll,
} from "../reference/http_driver.ts";

const ATTEMPTS = 6;

/** Sends a request again, up to five times, while that is worth it; the pauses grow, or are what the service asks for. */
export class PatientClient extends HttpClient {
  override async send(
    url: string,
    options: RequestOptions,
  ): Promise<HttpAnswer> {
    for (let attempt = 1;; attempt++) {
      let pause = 10 * 2 ** attempt;
      try {
        const answer = await super.send(url, options);
        pause = Math.max(pause, answer.retryAfter * 1_000);
        const isLast = attempt === ATTEMPTS || pause > 2_000;
        if (isLast || !this.#isBusy(answer)) return answer;
        await answer.cancel();
      } catch (error) {
        const isLast = attempt === ATTEMPTS || options.signal.aborted;
        if (isLast || !isTransient(error)) throw error;
      }
      await setTimeout(pause, undefined, { signal: options.signal });
    }
  }

  #isBusy({ status, errorCode }: HttpAnswer): boolean {
    const isError = status >= 400 || errorCode !== null;
    return isError && this.classify(status, errorCode).code === "TRANSIENT";
  }
}

/** Goes on with a body that breaks where it broke. */
export class ResumingDriver extends HttpDriver {
  protected override toObject(key: string, answer: HttpAnswer): OpenObject {
    const object = super.toObject(key, answer);
    const etag = answer.header("etag");
    const range = { key, etag, offset: 0, length: object.bodySize };
    const options = { signal: new AbortController().signal };
    return { ...object, body: this.#resume(object.body, range, options) };
  }

  protected override async *readRange(
    range: ObjectRange,
    options: DriverOptions,
  ): AsyncGenerator<Uint8Array> {
    yield* this.#resume(super.readRange(range, options), range, options);
  }

  async *#resume(
    first: AsyncIterable<Uint8Array>,
    { key, etag, offset, length }: ObjectRange,
    options: DriverOptions,
  ): AsyncGenerator<Uint8Array> {
    let done = 0;
    let body = first;
    for (let attempt = 1;; attempt++) {
      try {
        for await (const chunk of body) {
          done += chunk.length;
          yield chunk;
        }
        return;
      } catch (error) {
        // A body that is all there and damaged cannot be taken back.
        const isOver = attempt === ATTEMPTS || done === length;
        if (isOver || options.signal.aborted || !isTransient(error)) {
          throw error;
        }
      }
      const rest = { key, etag, offset: offset + done, length: length - done };
      body = super.readRange(rest, options);
    }
  }
}

/** Asks for size and version first, and again at the end of each range; its requests carry no precondition. */
export class HeadFirstDriver extends HttpDriver {
  override async open(
    key: string,
    { firstBytes, signal }: OpenOptions,
  ): Promise<OpenObject> {
    const { size, etag } = await this.#ask(key, { signal });
    const bodySize = Math.min(size, firstBytes);
    const readRange = this.readRange.bind(this);
    const check = async (options: DriverOptions): Promise<void> => {
      const now = await this.#ask(key, options);
      if (now.etag !== etag) throw replaced();
    };
    async function* read(
      offset: number,
      length: number,
      options: DriverOptions,
    ): AsyncGenerator<Uint8Array> {
      yield* readRange({ key, etag, offset, length }, options);
      await check(options);
    }
    return {
      size,
      bodySize,
      body: size === 0 ? nothing() : read(0, bodySize, { signal }),
      readRange: read,
    };
  }

  protected override rangeHeaders(range: ObjectRange): Record<string, string> {
    const { "if-match": _, ...headers } = super.rangeHeaders(range);
    return headers;
  }

  async #ask(
    key: string,
    { signal }: DriverOptions,
  ): Promise<{ size: number; etag: string }> {
    const url = this.objectUrl(key);
    const answer = await this.client.ask(url, { method: "HEAD", signal });
    await answer.cancel();
    return { size: this.sizeOf(answer), etag: answer.header("etag") };
  }
}

/** Downloads now in ranges, now in one request, as a store does that adapts to how fast the service is. */
export class AdaptingDriver extends HttpDriver {
  #turn = 0;

  override open(key: string, options: OpenOptions): Promise<OpenObject> {
    const isWhole = this.#turn++ % 3 === 1;
    const firstBytes = isWhole ? Number.MAX_SAFE_INTEGER : options.firstBytes;
    return super.open(key, { ...options, firstBytes });
  }
}

/** Uploads to a key of its own elsewhere, and moves the object when it is complete. */
export class MovingDriver extends HttpDriver {
  override async put(
    key: string,
    body: UploadBody,
    options: DriverOptions,
  ): Promise<void> {
    const from = `moving/${crypto.randomUUID()}`;
    try {
      await super.put(from, body, options);
      await this.#move(from, key, options);
    } catch (error) {
      await this.#remove(from, new AbortController());
      throw error;
    }
  }

  override async startUpload(key: string): Promise<PartUpload> {
    const from = `moving/${crypto.randomUUID()}`;
    const upload = await super.startUpload(from);
    return {
      ...upload,
      commit: async (options) => {
        await upload.commit(options);
        await this.#move(from, key, options);
      },
      discard: async (options) => {
        await upload.discard(options).catch(() => {});
        await this.#remove(from, options);
      },
    };
  }

  async #move(from: string, key: string, options: DriverOptions) {
    const url = this.client.url("object", { key, from });
    const answer = await this.client.send(url, { method: "POST", ...options });
    await answer.cancel();
    // It was there: an attempt of which nobody has heard has moved it.
    if (answer.errorCode === "NoSuchSource") throw replaced();
    await answer.expectOk();
  }

  async #remove(key: string, { signal }: DriverOptions): Promise<void> {
    const url = this.objectUrl(key);
    await this.client.tell(url, { method: "DELETE", signal }).catch(() => {});
  }
}

/** Looks what is there when the answer to an upload is lost; the service tells size and checksum. */
export class LookingDriver extends HttpDriver {
  override async put(
    key: string,
    body: UploadBody,
    options: DriverOptions,
  ): Promise<void> {
    try {
      await super.put(key, body, options);
    } catch (error) {
      if (options.signal.aborted || !isTransient(error)) throw error;
      if (!await this.#isThere(key, body, options)) throw error;
    }
  }

  async #isThere(
    key: string,
    body: UploadBody,
    { signal }: DriverOptions,
  ): Promise<boolean> {
    const sum = crc32(await readAll(body));
    try {
      const url = this.objectUrl(key);
      const answer = await this.client.ask(url, { method: "HEAD", signal });
      await answer.cancel();
      return answer.integer("content-length") === body.size &&
        answer.header("x-body-crc32") === `${sum}`;
    } catch {
      return false;
    }
  }
}

/** Its service has no request to discard an upload: it forgets what is not committed by itself. */
export class ForgettingDriver extends HttpDriver {
  protected override discardUpload(): Promise<void> {
    return Promise.resolve();
  }
}

function isTransient(error: unknown): boolean {
  return error instanceof StoreFailure && error.code === "TRANSIENT";
}

function replaced(): StoreFailure {
  return new StoreFailure("TRANSIENT", "the object was replaced");
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
