import {
  type DriverOptions,
  type OpenObject,
  type OpenOptions,
  type PartUpload,
  type StoreDriver,
  StoreFailure,
  type TransferSettings,
  type UploadBody,
  type UploadPart,
} from "../../../src/driver.ts";
import type { HttpAnswer } from "./http_answer.ts";
import { HttpClient, type HttpClientOptions } from "./http_client.ts";

const KIB = 2 ** 10;

/** What {@linkcode HttpDriver} takes. */
export interface HttpDriverOptions extends HttpClientOptions {
  /** The largest object in bytes that the server takes. */
  readonly largestObject: number;
  /** What sends the requests. @default {HttpClient} */
  readonly client?: new (options: HttpClientOptions) => HttpClient;
}

/**
 * The driver of the reference server: one request for a small object, ranges
 * of one version side by side for a larger one, parts side by side. It tries
 * nothing again itself. Every key is kept. Each step can be overridden.
 */
export class HttpDriver implements StoreDriver {
  readonly settings: TransferSettings;
  /** How often a range of a stream is asked for before it is given up. */
  readonly readAttempts: number = 3;
  /** What sends the requests. */
  protected readonly client: HttpClient;

  /** @param options How the server is reached. */
  constructor(options: HttpDriverOptions) {
    const { largestObject, client: Client = HttpClient, ...rest } = options;
    // Small, so that small objects have many parts and ranges.
    this.settings = {
      partSize: 256 * KIB,
      rangeSize: 256 * KIB,
      largestObject,
    };
    this.client = new Client(rest);
  }

  getUri(key: string): string {
    const path = encodeURIComponent(key).replaceAll("%2F", "/");
    return `${this.client.base}/${path}`;
  }

  async getSize(key: string, { signal }: DriverOptions): Promise<number> {
    const url = this.objectUrl(key);
    const answer = await this.client.ask(url, { method: "HEAD", signal });
    await answer.cancel();
    return this.sizeOf(answer);
  }

  async open(
    key: string,
    { firstBytes, signal }: OpenOptions,
  ): Promise<OpenObject> {
    const answer = await this.client.send(this.objectUrl(key), {
      headers: this.firstHeaders(firstBytes),
      signal,
    });
    return await this.opened(key, answer, { signal });
  }

  /** What the answer to the first request of a download says. */
  protected async opened(
    key: string,
    answer: HttpAnswer,
    { signal }: DriverOptions,
  ): Promise<OpenObject> {
    if (answer.status === 416) {
      await answer.cancel();
      return await this.openEmpty(key, { signal });
    }
    await answer.expectOk();
    try {
      return this.toObject(key, answer);
    } catch (error) {
      await answer.cancel();
      throw error;
    }
  }

  async put(
    key: string,
    body: UploadBody,
    { signal }: DriverOptions,
  ): Promise<void> {
    await this.client.tell(this.objectUrl(key), {
      method: "PUT",
      body: await readAll(body),
      signal,
    });
  }

  async startUpload(key: string): Promise<PartUpload> {
    const id = crypto.randomUUID();
    const etags: string[] = [];
    const upload: PartUpload = {
      writePart: async (part, options) => {
        etags[part.index] = await this.sendPart(id, part, options);
      },
      commit: (options) => this.complete(id, etags, options),
      discard: (options) => this.discardUpload(id, options),
    };
    // Not aborted: until the answer is there, nobody could discard the upload.
    const { signal } = new AbortController();
    try {
      await this.begin(id, key, { signal });
    } catch (error) {
      // Only the answer may have been lost; what fails here is that there is nothing.
      await upload.discard({ signal }).catch(() => {});
      throw error;
    }
    return upload;
  }

  async delete(key: string, { signal }: DriverOptions): Promise<void> {
    await this.client.tell(this.objectUrl(key), { method: "DELETE", signal });
  }

  /** Opens the object from a byte on, with at most so many bytes in the first answer. */
  async openFrom(
    key: string,
    { offset, length }: { offset: number; length: number },
    { signal }: DriverOptions,
  ): Promise<OpenObject> {
    if (length === 0) {
      const size = await this.getSize(key, { signal });
      return { size, bodySize: 0, body: noBytes() };
    }
    const answer = await this.client.send(this.objectUrl(key), {
      headers: { range: `bytes=${offset}-${offset + length - 1}` },
      signal,
    });
    if (answer.status === 416) {
      await answer.cancel();
      const size = await this.getSize(key, { signal });
      if (size > offset) throw replaced();
      return { size, bodySize: 0, body: noBytes() };
    }
    await answer.expectOk();
    const { start, end, size } = answer.range();
    if (!this.beginsAt(offset, answer)) {
      await answer.cancel();
      throw new StoreFailure("OTHER", "the server sent another range");
    }
    const etag = answer.header("etag");
    return {
      size,
      bodySize: end - start,
      body: answer.chunks(),
      readRange: (offset, length, options) =>
        this.readRange({ key, etag, offset, length }, options),
      close: () => answer.cancel(),
    };
  }

  async *list(
    keyPrefix: string,
    { signal }: DriverOptions,
  ): AsyncGenerator<string, void> {
    let after = "";
    for (;;) {
      const url = this.client.url("list", { prefix: keyPrefix, after });
      const answer = await this.client.ask(url, { signal });
      const page: { keys: string[]; more: boolean } = await answer.json();
      yield* page.keys;
      const last = page.keys.at(-1);
      if (!page.more || last === undefined) return;
      after = last;
    }
  }

  close(): Promise<void> {
    this.client.close();
    return Promise.resolve();
  }

  /** The URL of an object. */
  protected objectUrl(key: string): string {
    return this.client.url("object", { key });
  }

  /** The size that the answer to a HEAD tells: of the object, and not of a piece. */
  protected sizeOf(answer: HttpAnswer): number {
    return answer.range().size;
  }

  /** The headers of the first request of a download. */
  protected firstHeaders(firstBytes: number): Record<string, string> {
    return { range: `bytes=0-${firstBytes - 1}` };
  }

  /** What the first answer of a download has opened. */
  protected toObject(key: string, answer: HttpAnswer): OpenObject {
    const { start, size, end } = answer.range();
    if (start > 0) throw new StoreFailure("OTHER", "it is another range");
    const etag = answer.header("etag");
    return {
      size,
      bodySize: end,
      body: answer.chunks(),
      readRange: (offset, length, options) =>
        this.readRange({ key, etag, offset, length }, options),
      close: () => answer.cancel(),
    };
  }

  /** An empty object has no first byte to ask for. */
  protected async openEmpty(
    key: string,
    options: DriverOptions,
  ): Promise<OpenObject> {
    const size = await this.getSize(key, options);
    if (size === 0) return { size, bodySize: 0, body: noBytes() };
    throw replaced();
  }

  /** Reads a further range of a download. */
  protected async *readRange(
    range: ObjectRange,
    { signal }: DriverOptions,
  ): AsyncGenerator<Uint8Array> {
    const answer = await this.client.send(this.objectUrl(range.key), {
      headers: this.rangeHeaders(range),
      signal,
    });
    // Gone, another version, or shorter by now: a new download sees what is there.
    if ([404, 412, 416].includes(answer.status)) {
      await answer.cancel();
      throw replaced();
    }
    await answer.expectOk();
    if (!this.isRange(range, answer)) {
      await answer.cancel();
      throw new StoreFailure("OTHER", "the server sent another range");
    }
    yield* answer.chunks();
  }

  /** Whether an answer has the range that was asked for. */
  protected isRange({ offset }: ObjectRange, answer: HttpAnswer): boolean {
    return answer.range().start === offset;
  }

  /** Whether the first answer of a read begins where it was asked for. */
  protected beginsAt(offset: number, answer: HttpAnswer): boolean {
    return answer.range().start === offset;
  }

  /** The headers of a further request of a download: only of this version. */
  protected rangeHeaders(range: ObjectRange): Record<string, string> {
    const { etag, offset, length } = range;
    return {
      "if-match": etag,
      range: `bytes=${offset}-${offset + length - 1}`,
    };
  }

  /** Begins an upload in parts. */
  protected async begin(
    id: string,
    key: string,
    { signal }: DriverOptions,
  ): Promise<void> {
    const url = this.client.url("upload", { id, key });
    await this.client.tell(url, { method: "POST", signal });
  }

  /** Sends a part, and returns its tag. */
  protected async sendPart(
    id: string,
    body: UploadPart,
    { signal }: DriverOptions,
  ): Promise<string> {
    const url = this.client.url("upload", { id, part: `${body.index}` });
    const answer = await this.client.ask(url, {
      method: "PUT",
      body: await readAll(body),
      signal,
    });
    await answer.cancel();
    return answer.header("etag");
  }

  /** Makes an upload's object of its parts. */
  protected async complete(
    id: string,
    etags: readonly string[],
    { signal }: DriverOptions,
  ): Promise<void> {
    const answer = await this.client.send(this.client.url("upload", { id }), {
      method: "POST",
      body: JSON.stringify(etags),
      signal,
    });
    await answer.cancel();
    if (answer.errorCode === "NoSuchUpload") {
      // `fetch` may have sent it twice, and the first answer was lost.
      const reason = "nobody knows whether the upload was completed";
      throw new StoreFailure("TRANSIENT", reason);
    }
    await answer.expectOk();
  }

  /** Forgets an upload and its parts. */
  protected async discardUpload(
    id: string,
    { signal }: DriverOptions,
  ): Promise<void> {
    const url = this.client.url("upload", { id });
    await this.client.tell(url, { method: "DELETE", signal });
  }
}

/** A range of one version of an object. */
export interface ObjectRange {
  /** The object's key. */
  readonly key: string;
  /** Its version. */
  readonly etag: string;
  /** Where it begins, in bytes. */
  readonly offset: number;
  /** How many bytes it has. */
  readonly length: number;
}

/** A buffer of its own: a request whose source fails is never sent. */
export async function readAll(
  body: UploadBody,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(body.size);
  await body.read(bytes, 0);
  return bytes;
}

function replaced(): StoreFailure {
  return new StoreFailure("TRANSIENT", "the object was replaced");
}

async function* noBytes(): AsyncGenerator<Uint8Array> {}
