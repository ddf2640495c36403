import type { ClientRequest } from "node:http";
import type { Socket } from "node:net";
import { nodeDiagnostics } from "./builtins.ts";

/** Where Node, Deno and Bun tell of every connection that `node:net` begins to make. */
const CHANNEL = "net.client.socket";

/**
 * Opens a request of `node:http(s)` whose `destroy()` also closes a tunnel that is still being made.
 * The request does not know that connection until the proxy and the service have both answered, and
 * neither does its agent: without this it would keep the process alive for as long as they are silent.
 *
 * @param open Makes the request. What it connects to at once belongs to the request.
 * @returns The same request.
 * @throws What `open` throws.
 *
 * @example
 * ```ts ignore
 * const request = openRequest(() => https.request(url, { agent }));
 * request.destroy();
 * ```
 */
export function openRequest(open: () => ClientRequest): ClientRequest {
  const pending = new Set<Socket>();
  const onSocket = (message: unknown) => {
    pending.add((message as { socket: Socket }).socket);
  };
  let request: ClientRequest;
  nodeDiagnostics.subscribe(CHANNEL, onSocket);
  try {
    request = open();
  } finally {
    nodeDiagnostics.unsubscribe(CHANNEL, onSocket);
  }
  // From here on the request closes it itself, or the agent keeps it for others.
  request.once("socket", () => pending.clear());
  const destroy = request.destroy;
  request.destroy = (error?: Error) => {
    const result = destroy.call(request, error);
    for (const socket of pending) socket.destroy();
    pending.clear();
    return result;
  };
  return request;
}
