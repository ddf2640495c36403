import {
  describeRequest,
  parseRequestHead,
} from "../../../conformance/faults/http_head.ts";
import type { WireRequest } from "../../../conformance/mod.ts";

/** Makes a request of its line, such as `PUT /a?b=c`, and of lines of headers. */
export function requestOf(
  line: string,
  ...headers: readonly string[]
): WireRequest {
  const lines = [`${line} HTTP/1.1`, ...headers, "", ""];
  return describeRequest(parseRequestHead(lines.join("\r\n"))!, 1);
}
