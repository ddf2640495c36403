import { concatenate } from "../../../conformance/checks/concatenate.ts";
import type { IncomingMessage } from "node:http";

/** The whole body, or `undefined` if less came than was announced. */
export async function readBody(
  request: IncomingMessage,
): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk);
  } catch {
    return undefined;
  }
  const body = concatenate(chunks);
  const { "content-length": announced, "transfer-encoding": coding } =
    request.headers;
  // A chunked body says itself where it ends.
  if (coding !== undefined) return request.complete ? body : undefined;
  return body.length === Number(announced ?? 0) ? body : undefined;
}
