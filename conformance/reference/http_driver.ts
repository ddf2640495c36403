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
} from "../../src/driver.ts";
import { HttpClient, type HttpClientOptions } from "./http_client.ts";

const KIB = 2 ** 10;

/** What {@linkcode HttpDriver} takes. */
export interface HttpDriverOptions extends HttpClientOptions {
  /** The largest object in bytes that the server takes. */
  readonly largestObject: number;
}

/**
 * The driver of the reference server: one request for a small object, ranges
 * of one version side by side for a larger one, parts side by side. It tries
 * nothing again itself. Every key is kept.
 */
export class HttpDriver implements StoreDriver {
  readonly settings: TransferSettings;
  readonly #client: HttpClient;

  /** @param options How the server is reached. */
  constructor(options: HttpDriverOptions) {
    const { largestObject, ...rest } = options;
    // Small, so that small objects have many parts and ranges.
    this.settings = {
      partSize: 256 * KIB,
      rangeSize: 256 * KIB,
      largestObject,
    };
    this.#client = new HttpClient(rest);
  }

  getUri(key: string): string {
    const path = encodeURIComponent(key).replaceAll("%2F", "/");
    return `${this.#client.base}/${path}`;
  }

  async getSize(key: string, { signal }: DriverOptions): Promise<number> {
    const answer = await this.#client.ask(this.#client.url("object", { key }), {
      method: "HEAD",
      signal,
    });
    await answer.cancel();
    return answer.integer("content-length");
  }

  async open(
    key: string,
    { firstBytes, signal }: OpenOptions,
  ): Promise<OpenObject> {
    const answer = await this.#client.send(
      this.#client.url("object", { key }),
      {
        headers: { range: `bytes=0-${firstBytes - 1}` },
        signal,
      },
    );
    if (answer.status === 416) {
      await answer.cancel();
      return await this.#openEmpty(key, { signal });
    }
    await answer.expectOk();
    const { size, end } = answer.range();
    const etag = answer.header("etag");
    return {
      size,
      bodySize: end,
      body: answer.chunks(),
      readRange: (offset, length, options) =>
        this.#readRange(key, etag, offset, length, options),
      close: () => answer.cancel(),
    };
  }

  async put(
    key: string,
    body: UploadBody,
    { signal }: DriverOptions,
  ): Promise<void> {
    await this.#client.tell(this.#client.url("object", { key }), {
      method: "PUT",
      body: await readAll(body),
      signal,
    });
  }

  async startUpload(key: string): Promise<PartUpload> {
    const id = crypto.randomUUID();
    const etags: string[] = [];
    const part = (index: number) =>
      this.#client.url("upload", { id, part: `${index}` });
    const upload: PartUpload = {
      writePart: async (body: UploadPart, { signal }) => {
        const answer = await this.#client.ask(part(body.index), {
          method: "PUT",
          body: await readAll(body),
          signal,
        });
        await answer.cancel();
        etags[body.index] = answer.header("etag");
      },
      commit: ({ signal }) =>
        this.#client.tell(this.#client.url("upload", { id }), {
          method: "POST",
          body: JSON.stringify(etags),
          signal,
        }),
      discard: ({ signal }) =>
        this.#client.tell(this.#client.url("upload", { id }), {
          method: "DELETE",
          signal,
        }),
    };
    // Not aborted: until the answer is there, nobody could discard the upload.
    const { signal } = new AbortController();
    try {
      await this.#client.tell(this.#client.url("upload", { id, key }), {
        method: "POST",
        signal,
      });
    } catch (error) {
      // Only the answer may have been lost; what fails here is that there is nothing.
      await upload.discard({ signal }).catch(() => {});
      throw error;
    }
    return upload;
  }

  async *list(
    keyPrefix: string,
    { signal }: DriverOptions,
  ): AsyncGenerator<string, void> {
    let after = "";
    for (;;) {
      const url = this.#client.url("list", { prefix: keyPrefix, after });
      const answer = await this.#client.ask(url, { signal });
      const page: { keys: string[]; more: boolean } = await answer.json();
      yield* page.keys;
      const last = page.keys.at(-1);
      if (!page.more || last === undefined) return;
      after = last;
    }
  }

  close(): Promise<void> {
    this.#client.close();
    return Promise.resolve();
  }

  /** An empty object has no first byte to ask for. */
  async #openEmpty(key: string, options: DriverOptions): Promise<OpenObject> {
    const size = await this.getSize(key, options);
    if (size === 0) return { size, bodySize: 0, body: noBytes() };
    throw new StoreFailure("TRANSIENT", "the object was replaced");
  }

  async *#readRange(
    key: string,
    etag: string,
    offset: number,
    length: number,
    { signal }: DriverOptions,
  ): AsyncGenerator<Uint8Array> {
    const answer = await this.#client.send(
      this.#client.url("object", { key }),
      {
        headers: {
          "if-match": etag,
          range: `bytes=${offset}-${offset + length - 1}`,
        },
        signal,
      },
    );
    // Gone, another version, or shorter by now: a new download sees what is there.
    if ([404, 412, 416].includes(answer.status)) {
      await answer.cancel();
      throw new StoreFailure("TRANSIENT", "the object was replaced");
    }
    await answer.expectOk();
    if (answer.range().start !== offset) {
      await answer.cancel();
      throw new StoreFailure("OTHER", "the server sent another range");
    }
    yield* answer.chunks();
  }
}

/** A buffer of its own: a request whose source fails is never sent. */
async function readAll(body: UploadBody): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(body.size);
  await body.read(bytes, 0);
  return bytes;
}

async function* noBytes(): AsyncGenerator<Uint8Array> {}
