import type { Backing, ByteRange, NewObject, StoredObject } from "./backing.ts";
import type { RespClient } from "./resp_client.ts";
import type { RespValue } from "./resp_parser.ts";

const PAGE = 1_000;

/** What a name points to: the key of the object's bytes, and how many there are. */
interface Pointer {
  readonly data: string;
  readonly size: number;
}

/**
 * Objects in a Redis: the bytes under a key of their own, made of pieces, and a
 * name that points to them, which changes in one step.
 */
export class RespBacking implements Backing {
  readonly uri: string;
  /** Asks the service. */
  protected readonly client: RespClient;
  readonly #closeClient: () => void;

  /** @param client Asks the service. @param uri What the URIs begin with. */
  constructor(client: RespClient, uri: string) {
    this.client = client;
    this.uri = uri;
    this.#closeClient = () => client.close();
  }

  async size(key: string, signal?: AbortSignal): Promise<number | undefined> {
    return (await this.#find(key, signal))?.size;
  }

  async open(
    key: string,
    signal?: AbortSignal,
  ): Promise<StoredObject | undefined> {
    const pointer = await this.#find(key, signal);
    return pointer && {
      size: pointer.size,
      // What was replaced is gone: fewer bytes than announced, and so transient.
      read: (position, length) =>
        this.readPiece(pointer.data, position, length, signal),
      close: () => Promise.resolve(),
    };
  }

  openRange(
    key: string,
    _range: ByteRange,
    signal?: AbortSignal,
  ): Promise<StoredObject | undefined> {
    return this.open(key, signal);
  }

  async remove(key: string, signal?: AbortSignal): Promise<void> {
    const pointer = await this.#find(key, signal);
    if (pointer === undefined) return;
    await this.client.send(["DEL", nameKey(key), pointer.data], signal);
  }

  create(
    key: string,
    _size: number | undefined,
    signal?: AbortSignal,
  ): Promise<NewObject> {
    const data = `data:${crypto.randomUUID()}`;
    let done = 0;
    let isCommitted = false;
    return Promise.resolve({
      write: async (chunk) => {
        await this.writePiece(data, chunk, done, signal);
        done += chunk.length;
      },
      commit: async () => {
        isCommitted = true;
        const pointer = JSON.stringify({ data, size: done });
        const old = await this.commit(nameKey(key), pointer, signal);
        // Nobody is told if it stays: it is only garbage.
        if (old !== undefined) {
          await this.client.send(["DEL", old.data]).catch(() => {});
        }
      },
      discard: async () => {
        // A commit whose answer was lost may have been made.
        if (!isCommitted) await this.client.send(["DEL", data]);
      },
    });
  }

  async list(prefix: string): Promise<string[]> {
    const names = new Set<string>();
    let cursor = "0";
    do {
      const page = await this.client.send(["SCAN", cursor, "COUNT", PAGE]);
      const [next, keys] = page as [RespValue, RespValue[]];
      cursor = toText(next);
      for (const each of keys) {
        const key = toText(each);
        if (key.startsWith(nameKey(prefix))) names.add(key.slice(5));
      }
    } while (cursor !== "0");
    return [...names];
  }

  close(): Promise<void> {
    this.#closeClient();
    return Promise.resolve();
  }

  /** Writes a piece at its place, so that to do it twice is to do it once. */
  protected async writePiece(
    data: string,
    chunk: Uint8Array,
    offset: number,
    signal?: AbortSignal,
  ): Promise<void> {
    await this.client.send(["SETRANGE", data, offset, chunk], signal);
  }

  /** Reads a piece. */
  protected async readPiece(
    data: string,
    position: number,
    length: number,
    signal?: AbortSignal,
  ): Promise<Uint8Array> {
    const end = position + length - 1;
    return await this.client.send(
      ["GETRANGE", data, position, end],
      signal,
    ) as Uint8Array;
  }

  /** Lets a name point to new bytes; returns what it pointed to. */
  protected async commit(
    key: string,
    pointer: string,
    signal?: AbortSignal,
  ): Promise<Pointer | undefined> {
    const old = await this.client.send(["GETSET", key, pointer], signal);
    return old === null ? undefined : JSON.parse(toText(old));
  }

  async #find(
    key: string,
    signal?: AbortSignal,
  ): Promise<Pointer | undefined> {
    const found = await this.client.send(["GET", nameKey(key)], signal);
    return found === null ? undefined : JSON.parse(toText(found));
  }
}

/** The key under which a name's pointer is. */
export function nameKey(key: string): string {
  return `name:${key}`;
}

function toText(value: RespValue): string {
  return value instanceof Uint8Array
    ? new TextDecoder().decode(value)
    : String(value);
}
