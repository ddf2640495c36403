import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";

/** A request that a {@linkcode Service} got whole. */
export interface Received {
  readonly line: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Uint8Array;
}

/** A small server for the tests of the proxy. */
export class Service implements AsyncDisposable {
  readonly received: Received[] = [];
  /** How many connections were opened. */
  connections = 0;
  /** How many requests ended before they were whole. */
  lost = 0;
  readonly #server: Server;

  private constructor(
    answer: (request: Received, response: ServerResponse) => unknown,
  ) {
    this.#server = createServer(async (request, response) => {
      response.on("error", () => {});
      const chunks: Uint8Array[] = [];
      try {
        for await (const chunk of request) chunks.push(chunk);
      } catch {
        this.lost++;
        return void response.destroy();
      }
      const { method, url, headers } = request;
      const body = new Uint8Array(Buffer.concat(chunks));
      const received = { line: `${method} ${url}`, headers, body };
      this.received.push(received);
      await answer(received, response);
    });
    this.#server.keepAliveTimeout = 0;
    this.#server.on("connection", () => this.connections++);
  }

  static async start(
    answer: (request: Received, response: ServerResponse) => unknown =
      answerPlainly,
  ): Promise<Service> {
    const service = new Service(answer);
    await new Promise<void>((resolve) =>
      service.#server.listen(0, "127.0.0.1", resolve)
    );
    return service;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  /** The lines of the requests that came. */
  get lines(): string[] {
    return this.received.map(({ line }) => line);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}

/** Ten bytes, as much of them as a range wants. */
export const TEN = "0123456789";

function answerPlainly(
  { line, headers, body }: Received,
  response: ServerResponse,
): void {
  const range = headers.range?.match(/^bytes=(\d+)-(\d+)$/);
  if (line.startsWith("PUT")) {
    response.setHeader("content-length", 0);
    response.setHeader("x-received", body.length);
    response.end();
  } else if (range) {
    const text = TEN.slice(Number(range[1]), Number(range[2]) + 1);
    response.writeHead(206, { "content-length": text.length });
    response.end(text);
  } else if (line.endsWith("/chunked")) {
    response.write(TEN.slice(0, 4));
    response.end(TEN.slice(4));
  } else if (line.endsWith("/none")) {
    response.writeHead(204).end();
  } else {
    response.setHeader("content-length", TEN.length);
    response.end(line.startsWith("HEAD") ? undefined : TEN);
  }
}
