import { assertEquals, assertRejects } from "@std/assert";
import type { ClientRequest, IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { ConnectionError } from "../../src/s3_protocol/http/answer_error.ts";
import { NodeResponse } from "../../src/s3_protocol/http/node_response.ts";
import { Silence } from "../../src/s3_protocol/http/silence.ts";

Deno.test("NodeResponse tells that a body was cut off as a lost connection, so that the rest is asked for again, also where it comes as an error of Node", async () => {
  const aborted = Object.assign(new Error("aborted"), { code: "ECONNRESET" });
  const message = Object.assign(
    Readable.from(
      (function* () {
        yield new Uint8Array(3);
        throw aborted;
      })(),
      { objectMode: true },
    ),
    { statusCode: 200, headers: {}, complete: false, socket: {} },
  );
  const request = { destroy() {}, writableFinished: true };
  const response = new NodeResponse(
    message as unknown as IncomingMessage,
    request as unknown as ClientRequest,
    new Silence(new AbortController().signal, 10_000),
  );

  let came = 0;
  const error = await assertRejects(async () => {
    for await (const chunk of response.chunks(10)) came += chunk.length;
  }, ConnectionError);

  assertEquals([came, error.cause], [3, aborted]);
});
