import { Agent, type IncomingMessage, request } from "node:http";
import { pipeline } from "node:stream/promises";
import {
  type DriverOptions,
  type Failure,
  type OpenObject,
  type StoreDriver,
  StoreFailure,
  type UploadBody,
} from "../../../src/driver.ts";
import { classifyAnswer } from "../reference/http_failures.ts";
import type { HttpDriverOptions } from "../reference/http_driver.ts";

/** What Node calls a connection that failed. */
const LOST: readonly unknown[] = [
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ERR_STREAM_PREMATURE_CLOSE",
];

/** A driver on Node's HTTP client: every object in one request, uploads of no announced length. */
export class NodeHttpDriver implements StoreDriver {
  readonly settings: { largestObject: number };
  readonly #options: HttpDriverOptions;
  // Deno tells nothing of a reset on a connection that was used before.
  readonly #agent = new Agent({ keepAlive: false, maxSockets: 16 });

  /** @param options How the server is reached. */
  constructor(options: HttpDriverOptions) {
    this.#options = options;
    this.settings = { largestObject: options.largestObject };
  }

  getUri(key: string): string {
    const { url, bucket } = this.#options;
    const path = key.split("/").map(encodeURIComponent).join("/");
    return `${url}/${bucket}/${path}`;
  }

  async getSize(key: string, options: DriverOptions): Promise<number> {
    const answer = await this.#send(
      "HEAD",
      `object?key=${encode(key)}`,
      options,
    );
    answer.resume();
    return wholeLength(answer);
  }

  async open(key: string, options: DriverOptions): Promise<OpenObject> {
    const answer = await this.#send(
      "GET",
      `object?key=${encode(key)}`,
      options,
    );
    const size = wholeLength(answer);
    return {
      size,
      bodySize: size,
      body: answer,
      close: () => Promise.resolve(void answer.destroy()),
    };
  }

  async put(
    key: string,
    body: UploadBody,
    options: DriverOptions,
  ): Promise<void> {
    const target = `object?key=${encode(key)}`;
    (await this.#send("PUT", target, options, body)).resume();
  }

  async *list(
    keyPrefix: string,
    options: DriverOptions,
  ): AsyncGenerator<string, void> {
    for (let after = "";;) {
      const target = `list?prefix=${encode(keyPrefix)}&after=${encode(after)}`;
      const answer = await this.#send("GET", target, options);
      const text = (await answer.toArray()).join("");
      const page: { keys: string[]; more: boolean } = JSON.parse(text);
      yield* page.keys;
      if (!page.more) return;
      after = page.keys.at(-1) ?? "";
    }
  }

  classify(error: unknown): Failure | undefined {
    const code = (error as { code?: unknown } | null)?.code;
    if (!LOST.includes(code)) return undefined;
    return { code: "TRANSIENT", reason: `the connection failed: ${code}` };
  }

  close(): Promise<void> {
    this.#agent.destroy();
    return Promise.resolve();
  }

  async #send(
    method: string,
    target: string,
    ...[{ signal }, body]: [DriverOptions, UploadBody?]
  ): Promise<IncomingMessage> {
    const { url, bucket, token, timeout = 0 } = this.#options;
    const sent = request(`${url}/${bucket}/${target}`, {
      method,
      agent: this.#agent,
      headers: { authorization: `Bearer ${token}` },
      signal,
      timeout,
    });
    const reason = `the server was silent for ${timeout} ms`;
    const late = new StoreFailure("TRANSIENT", reason);
    sent.on("timeout", () => sent.destroy(late));
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      sent.on("response", resolve);
      sent.on("error", reject);
    });
    answered.catch(() => {});
    if (body && body.size > 0) {
      // What the server answers counts more than that it has read enough.
      await pipeline(body.chunks(2 ** 16), sent).catch((error) => {
        sent.destroy(error);
      });
    } else sent.end();
    const answer = await answered;
    answer.on("error", () => {});
    const { statusCode: status = 0, headers } = answer;
    if (status < 300) return answer;
    answer.resume();
    const code = headers["x-error-code"];
    const failure = classifyAnswer(
      status,
      typeof code === "string" ? code : null,
    );
    throw new StoreFailure(failure.code, failure.reason);
  }
}

function encode(text: string): string {
  return encodeURIComponent(text);
}

/** The length that an answer tells; a piece is not what was asked for. */
function wholeLength(answer: IncomingMessage): number {
  if (answer.statusCode === 200) {
    return Number(answer.headers["content-length"]);
  }
  answer.destroy();
  throw new StoreFailure("OTHER", `status ${answer.statusCode}`);
}
