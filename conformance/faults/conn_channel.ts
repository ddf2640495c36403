import type { Channel } from "./channel.ts";

const BUFFER_SIZE = 64 * 2 ** 10;

/** A {@linkcode Channel} on a connection of Deno. It cannot be reset: `onReset` does what is to be done instead. */
export class ConnChannel implements Channel {
  readonly #conn: Deno.Conn;
  readonly #onReset: () => Promise<void>;
  readonly #buffer = new Uint8Array(BUFFER_SIZE);
  #isClosed = false;

  /** @param conn The connection. @param onReset Breaks the connection. @default It is closed. */
  constructor(
    conn: Deno.Conn,
    onReset = (): Promise<void> => Promise.resolve(),
  ) {
    this.#conn = conn;
    this.#onReset = onReset;
  }

  async read(): Promise<Uint8Array | undefined> {
    const count = await this.#conn.read(this.#buffer);
    return count === null ? undefined : this.#buffer.subarray(0, count);
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      at += await this.#conn.write(bytes.subarray(at));
    }
  }

  async end(): Promise<void> {
    // The other side may have gone.
    await this.#conn.closeWrite().catch(() => {});
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#conn.close();
  }

  async reset(): Promise<void> {
    await this.#onReset();
    this.close();
  }
}
