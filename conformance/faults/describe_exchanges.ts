import type { ExchangeRecord } from "./exchange.ts";

const SHOWN_FIRST = 8;
const SHOWN_LAST = 22;
const LONGEST_TARGET = 300;
const LONGEST_ID = 16;
const HEADERS = ["range", "if-match", "if-none-match", "expect"];
/** Parameters that sign a request or prove who sends it. */
const SECRET = /signature|credential|token|key-?id|secret|password|^sig$/i;

/**
 * Exchanges in words, a line each: no header that proves who asks, nothing of
 * a signature, none of the secrets.
 *
 * @param records The exchanges.
 * @param secrets What must not show.
 */
export function describeExchanges(
  records: readonly ExchangeRecord[],
  secrets: readonly string[],
): string[] {
  const lines = records.map((record) => hide(describe(record), secrets));
  const more = lines.length - SHOWN_FIRST - SHOWN_LAST;
  if (more <= 0) return lines;
  return [
    ...lines.slice(0, SHOWN_FIRST),
    `… ${more} more …`,
    ...lines.slice(-SHOWN_LAST),
  ];
}

function describe(record: ExchangeRecord): string {
  const { request, status, requestBytes, responseBytes, fault, note } = record;
  const sent = HEADERS.flatMap((name) => {
    const value = request.headers[name];
    return value === undefined ? [] : [`${name}: ${value}`];
  });
  return [
    `#${request.number} ${request.method} ${showTarget(request.target)}`,
    ...(sent.length === 0 ? [] : [`[${sent.join(", ")}]`]),
    `→ ${status ?? "no answer"},`,
    `${requestBytes} bytes up, ${responseBytes} down`,
    ...(fault === undefined ? [] : [`[fault: ${fault}]`]),
    ...(note === undefined ? [] : [`[${note}]`]),
  ].join(" ");
}

function showTarget(target: string): string {
  const [path = "", ...query] = target.split("?");
  const pairs = query.join("?").split("&").map(showPair);
  const shown = query.length === 0 ? path : `${path}?${pairs.join("&")}`;
  return shown.length <= LONGEST_TARGET
    ? shown
    : `${shown.slice(0, LONGEST_TARGET)}…`;
}

function showPair(pair: string): string {
  const [name = "", ...value] = pair.split("=");
  if (SECRET.test(decode(name))) return `${name}=…`;
  const text = value.join("=");
  // The ends tell ids of one service apart.
  return /id$/i.test(name) && text.length > LONGEST_ID
    ? `${name}=…${text.slice(-LONGEST_ID)}`
    : pair;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function hide(line: string, secrets: readonly string[]): string {
  return secrets.filter((secret) => secret !== "").reduce(
    (shown, secret) =>
      shown.replaceAll(secret, "…").replaceAll(encodeURIComponent(secret), "…"),
    line,
  );
}
