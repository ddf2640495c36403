import { Buffer } from "node:buffer";
import { Agent, createServer, request as ask } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A server that stands before another one. */
export interface BufferingFront {
  /** Its port of 127.0.0.1. */
  readonly port: number;
  /** Ends it, and every connection. */
  close(): Promise<void>;
}

/**
 * Starts a server that passes requests on to another one, each when its body is whole: an emulator
 * that locks all it has while it receives a body would answer nobody else meanwhile, however slow
 * that one is. A body that is cut is not passed on.
 *
 * @param portBehind The other server's port of 127.0.0.1.
 * @returns The server.
 */
export async function startBufferingFront(
  portBehind: number,
): Promise<BufferingFront> {
  // A connection that is not kept is reset where the answer comes before the body was read.
  const agent = new Agent({ keepAlive: true });
  const target = { host: "127.0.0.1", port: portBehind, agent };
  const server = createServer((incoming, answer) => {
    pass(incoming, answer, target).catch(() => answer.destroy());
  });
  await new Promise<void>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve())
  );
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        agent.destroy();
      }),
  };
}

async function pass(
  incoming: IncomingMessage,
  answer: ServerResponse,
  target: {
    readonly host: string;
    readonly port: number;
    readonly agent: Agent;
  },
): Promise<void> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const { "transfer-encoding": _, ...headers } = incoming.headers;
  const outgoing = ask({
    ...target,
    ...{ method: incoming.method, path: incoming.url, headers },
  });
  outgoing.on("error", () => answer.destroy());
  answer.on("close", () => outgoing.destroy());
  outgoing.on("response", (received) => {
    answer.writeHead(received.statusCode ?? 502, received.headers);
    received.on("error", () => answer.destroy());
    received.pipe(answer);
  });
  if (body.length > 0) outgoing.setHeader("content-length", body.length);
  outgoing.end(body);
}
