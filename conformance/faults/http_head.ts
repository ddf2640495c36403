import { Buffer } from "node:buffer";
import type { WireRequest } from "./fault.ts";
import type { Framing } from "./http_reader.ts";

/** A header as it was sent. */
export type Header = readonly [name: string, value: string];

/** The head of a request. */
export interface RequestHead {
  /** The method. */
  readonly method: string;
  /** Path and query, or whatever the client sent in their place. */
  readonly target: string;
  /** The version, as `HTTP/1.1`. */
  readonly version: string;
  /** The headers, in order. */
  readonly headers: readonly Header[];
}

/** The head of an answer. */
export interface AnswerHead {
  /** The first line. */
  readonly line: string;
  /** The status. */
  readonly status: number;
  /** The headers, in order. */
  readonly headers: readonly Header[];
}

/** Takes the head of a request apart; `undefined` if it is none. */
export function parseRequestHead(head: string): RequestHead | undefined {
  const [line = "", ...rest] = splitLines(head);
  const match = line.match(/^([!-~]+) ([^ ]+) (HTTP\/1\.[01])$/);
  if (match === null) return undefined;
  const [, method = "", target = "", version = ""] = match;
  return { method, target, version, headers: rest.map(parseHeader) };
}

/** Takes the head of an answer apart; `undefined` if it is none. */
export function parseAnswerHead(head: string): AnswerHead | undefined {
  const [line = "", ...rest] = splitLines(head);
  const match = line.match(/^HTTP\/1\.[01] (\d{3})(?: |$)/);
  if (match === null) return undefined;
  return { line, status: Number(match[1]), headers: rest.map(parseHeader) };
}

/** A head as bytes. */
export function encodeHead(
  line: string,
  headers: readonly Header[],
): Uint8Array {
  const lines = [line, ...headers.map(([name, value]) => `${name}: ${value}`)];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
}

/** The values of a header, joined; `undefined` if there is none. The name is in lower case. */
export function headerOf(
  headers: readonly Header[],
  name: string,
): string | undefined {
  const found = headers.filter(([key]) => key.toLowerCase() === name);
  return found.length === 0
    ? undefined
    : found.map(([, value]) => value).join(", ");
}

const UNLESS_KEPT = /^if-(none-match|modified-since)$/i;
const SIGNED_KEPT =
  /SignedHeaders=[a-z0-9;%-]*\bif-(none-match|modified-since)\b/i;

/**
 * The head of a GET without the conditions that make a service answer "not
 * modified": it may always take no notice of them. Conditions that are signed
 * stay.
 */
export function askWhole(head: RequestHead): RequestHead {
  const { method, target, headers } = head;
  if (method !== "GET") return head;
  const authorization = headerOf(headers, "authorization") ?? "";
  if (SIGNED_KEPT.test(`${target} ${authorization}`)) return head;
  const kept = headers.filter(([name]) => !UNLESS_KEPT.test(name));
  return kept.length === headers.length ? head : { ...head, headers: kept };
}

/** Says how the body of a request ends. */
export function framingOfRequest({ headers }: RequestHead): Framing {
  if (isChunked(headers)) return "chunked";
  const length = Number(headerOf(headers, "content-length") ?? 0);
  return length > 0 ? { length } : "none";
}

/** Says how the body of an answer to a request with this method ends. */
export function framingOfAnswer(
  { status, headers }: AnswerHead,
  method: string,
): Framing {
  if (method === "HEAD" || status < 200 || status === 204 || status === 304) {
    return "none";
  }
  if (isChunked(headers)) return "chunked";
  const length = headerOf(headers, "content-length");
  return length === undefined ? "until-end" : { length: Number(length) };
}

/** Tells whether the connection ends with this message. */
export function endsConnection(
  line: string,
  headers: readonly Header[],
): boolean {
  const connection = headerOf(headers, "connection")?.toLowerCase() ?? "";
  return /\bclose\b/.test(connection) ||
    (line.includes("HTTP/1.0") && !/\bkeep-alive\b/.test(connection));
}

/** Describes a request as a case sees it. */
export function describeRequest(
  head: RequestHead,
  number: number,
): WireRequest {
  const { method, target, headers } = head;
  const [, path = "", query = ""] = target.match(/^([^?]*)\??(.*)$/s) ?? [];
  const joined: Record<string, string> = {};
  for (const [name] of headers) {
    const key = name.toLowerCase();
    joined[key] = headerOf(headers, key) ?? "";
  }
  return {
    number,
    method: method.toUpperCase(),
    target,
    path,
    query: new URLSearchParams(query),
    headers: joined,
  };
}

function isChunked(headers: readonly Header[]): boolean {
  return /\bchunked\b/i.test(headerOf(headers, "transfer-encoding") ?? "");
}

function splitLines(head: string): string[] {
  return head.split(/\r?\n/).filter((line) => line !== "");
}

function parseHeader(line: string): Header {
  const at = line.indexOf(":");
  return [line.slice(0, at), line.slice(at + 1).trim()];
}
