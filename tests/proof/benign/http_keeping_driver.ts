import type {
  DriverOptions,
  OpenObject,
  OpenOptions,
} from "../../../src/driver.ts";
import type { HttpAnswer } from "../reference/http_answer.ts";
import { HttpDriver } from "../reference/http_driver.ts";
import { concatenate } from "../../../conformance/checks/concatenate.ts";

interface Kept {
  readonly etag: string;
  readonly bytes: Uint8Array;
}

/** Keeps small objects that it has read whole, and asks the service each time if they are still what it has. */
export class KeepingDriver extends HttpDriver {
  readonly #kept = new Map<string, Kept>();

  override async open(key: string, options: OpenOptions): Promise<OpenObject> {
    const { firstBytes, signal } = options;
    const kept = this.#kept.get(key);
    const answer = await this.client.send(this.objectUrl(key), {
      headers: {
        ...this.firstHeaders(firstBytes),
        ...(kept && { "if-none-match": kept.etag }),
      },
      signal,
    });
    if (kept === undefined || answer.status !== 304) {
      return await this.opened(key, answer, { signal });
    }
    await answer.cancel();
    const size = kept.bytes.length;
    return { size, bodySize: size, body: ReadableStream.from([kept.bytes]) };
  }

  override async delete(key: string, options: DriverOptions): Promise<void> {
    this.#kept.delete(key);
    await super.delete(key, options);
  }

  protected override toObject(key: string, answer: HttpAnswer): OpenObject {
    const object = super.toObject(key, answer);
    if (object.bodySize < object.size) return object;
    const etag = answer.header("etag");
    return { ...object, body: this.#keep(key, etag, object.body) };
  }

  async *#keep(
    key: string,
    etag: string,
    body: AsyncIterable<Uint8Array>,
  ): AsyncGenerator<Uint8Array> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) {
      chunks.push(chunk.slice());
      yield chunk;
    }
    this.#kept.set(key, { etag, bytes: concatenate(chunks) });
  }
}
