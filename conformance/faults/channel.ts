import type { Socket } from "node:net";

/** A connection as bytes that are pulled, so that who reads slowly slows the sender. */
export interface Channel {
  /** The next bytes, valid until the next call; `undefined` at the end. Rejects if the connection is lost. */
  read(): Promise<Uint8Array | undefined>;
  /** Resolves when the system has taken the bytes. Rejects if the connection is lost. */
  write(bytes: Uint8Array): Promise<void>;
  /** Says that nothing more is sent (FIN). */
  end(): Promise<void>;
  /** Lets go of the connection in whatever way is quickest. */
  close(): void;
  /** Breaks the connection (RST), once what was written has gone. */
  reset(): Promise<void>;
}

/** A {@linkcode Channel} on a socket of `node:net`, which must allow half-open connections. */
export class SocketChannel implements Channel {
  readonly #socket: Socket;
  #error: Error | undefined;
  #isOver = false;
  #wake: (() => void) | undefined;

  /** @param socket The socket. */
  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    const onChange = () => this.#wake?.();
    socket.on("readable", onChange);
    socket.on("end", () => {
      this.#isOver = true;
      onChange();
    });
    socket.on("error", (error) => {
      this.#error = error;
      onChange();
    });
    socket.on("close", () => {
      this.#isOver = true;
      onChange();
    });
  }

  async read(): Promise<Uint8Array | undefined> {
    for (;;) {
      const chunk: Uint8Array | null = this.#socket.read();
      if (chunk !== null && chunk.length > 0) return chunk;
      if (this.#error) throw this.#error;
      if (this.#isOver) return undefined;
      await new Promise<void>((resolve) => this.#wake = resolve);
      this.#wake = undefined;
    }
  }

  write(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const socket = this.#socket;
      // The callback alone is not told of a socket that is destroyed meanwhile.
      const onClose = () =>
        reject(this.#error ?? new Error("The connection was closed"));
      if (socket.destroyed) return onClose();
      socket.once("close", onClose);
      socket.write(bytes, (error) => {
        socket.off("close", onClose);
        if (error) reject(error);
        else resolve();
      });
    });
  }

  end(): Promise<void> {
    return new Promise((resolve) => {
      const socket = this.#socket;
      if (socket.destroyed || socket.writableEnded) return resolve();
      socket.once("close", resolve);
      socket.end(() => {
        socket.off("close", resolve);
        resolve();
      });
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  reset(): Promise<void> {
    this.#socket.resetAndDestroy();
    return Promise.resolve();
  }
}
