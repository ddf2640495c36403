import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer as createHttpsServer } from "node:https";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "@std/path/join";
import { promisify } from "node:util";

/** A server that no store can work with. */
export interface BadServer extends AsyncDisposable {
  /** Its base URL, without a trailing slash. */
  readonly url: string;
}

/** One that ends every connection in the middle of the TLS handshake. */
export function startTlsEof(): Promise<BadServer> {
  // With the client's first message unread, some systems would reset.
  return startRaw((socket) => socket.end());
}

/** One that does something with every connection when its first bytes have come. */
export async function startRaw(
  onData: (socket: Socket, data: Uint8Array | string) => void,
): Promise<BadServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("data", (data) => onData(socket, data));
  });
  return await listen(server, () => {
    for (const socket of sockets) socket.destroy();
  });
}

/** One whose certificate nobody trusts; `undefined` where there is no `openssl` to make one. */
export async function startUntrusted(
  directory: string,
): Promise<BadServer | undefined> {
  const key = join(directory, "untrusted.key");
  const cert = join(directory, "untrusted.crt");
  const options = "-x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost " +
    "-addext subjectAltName=DNS:localhost,IP:127.0.0.1";
  try {
    const args = ["req", ...options.split(" "), "-keyout", key, "-out", cert];
    await promisify(execFile)("openssl", args);
  } catch {
    return undefined;
  }
  const server = createHttpsServer({
    key: await readFile(key),
    cert: await readFile(cert),
  }, (_request, response) => {
    response.writeHead(404).end();
  });
  return await listen(server, () => server.closeAllConnections());
}

/** Has a server listen on loopback, until it is disposed. */
export async function listen(
  server: Server,
  closeConnections: () => void,
): Promise<BadServer> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  server.on("tlsClientError", () => {});
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  return {
    url: `https://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      closeConnections();
      await closed;
    },
  };
}
