import type { ClientRequest, IncomingMessage } from "node:http";
import { ConnectionError } from "./answer_error.ts";
import { reused } from "./node_agent.ts";
import type { Silence } from "./silence.ts";
import type { S3RequestBody } from "./transport.ts";

/** Bytes that are read and sent at once. */
const BUFFER_SIZE = 2 ** 20;

/** Its cause happened on a connection that an earlier request had used. */
export class ReusedError extends Error {}

/**
 * Sends the body of a request and waits for the head of the answer, which may
 * come before the body has gone.
 *
 * @param request The request, whose head is complete.
 * @param body The body.
 * @param silence Listens while this is under way.
 */
export async function exchange(
  request: ClientRequest,
  body: S3RequestBody | string | undefined,
  silence: Silence,
): Promise<IncomingMessage> {
  const { promise: answer, resolve, reject } = Promise.withResolvers<
    IncomingMessage
  >();
  const onAbort = () => {
    request.destroy();
    reject(silence.signal.reason);
  };
  request.on("response", (message) => {
    silence.break();
    resolve(message);
  });
  request.on("error", (error) => {
    reject(
      reused.has(request) ? new ReusedError("", { cause: error }) : error,
    );
  });
  request.on("close", () => {
    reject(new ConnectionError("the connection was closed before an answer"));
  });
  silence.signal.addEventListener("abort", onAbort);
  answer.catch(() => {});
  try {
    if (typeof body === "object") {
      const sending = sendBody(request, body, silence);
      await Promise.race([answer, sending]);
    } else request.end(body);
    const message = await answer;
    silence.signal.throwIfAborted();
    return message;
  } catch (error) {
    request.destroy();
    throw error;
  } finally {
    silence.signal.removeEventListener("abort", onAbort);
  }
}

async function sendBody(
  request: ClientRequest,
  body: S3RequestBody,
  silence: Silence,
): Promise<void> {
  let isOver = false;
  let proceed = () => {};
  function end(): void {
    isOver = true;
    proceed();
  }
  request.on("response", end);
  request.on("close", end);
  // One buffer for all of the body: a new one for each chunk cost a quarter of an upload's CPU time.
  const buffer = new Uint8Array(Math.min(BUFFER_SIZE, body.size));
  for await (const chunk of body.chunks(buffer)) {
    if (isOver) return;
    silence.break();
    const written = new Promise<void>((resolve) => proceed = resolve);
    // Not until the drain, which says less: these bytes are about to be others.
    request.write(chunk, () => proceed());
    await written;
  }
  if (isOver) return;
  silence.break();
  request.end();
}

/** An answer that came through Node's HTTP client. */
