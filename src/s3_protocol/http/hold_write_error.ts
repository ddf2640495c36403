import type { Socket } from "node:net";

/** Milliseconds for which what has come already may still be read. */
const GRACE = 100;

const held = new WeakSet<Socket>();

/**
 * Lets an answer be read that has come before the connection was closed. A
 * service that refuses a body and closes makes the next write fail, and Node
 * destroys the connection for that at once, with the answer unread.
 *
 * @param socket The connection; it is seen to once.
 */
export function holdWriteError(socket: Socket): void {
  if (held.has(socket)) return;
  held.add(socket);
  const destroy = socket.destroy;
  let timer: ReturnType<typeof setTimeout> | undefined;
  socket.once("close", () => clearTimeout(timer));
  socket.destroy = (error?: Error) => {
    if (!isOfWriting(error)) {
      clearTimeout(timer);
      return destroy.call(socket, error);
    }
    timer ??= setTimeout(() => destroy.call(socket, error), GRACE);
    return socket;
  };
}

function isOfWriting(error: unknown): boolean {
  const { code, syscall } = (error ?? {}) as {
    code?: unknown;
    syscall?: unknown;
  };
  return syscall === "write" && (code === "EPIPE" || code === "ECONNRESET");
}
