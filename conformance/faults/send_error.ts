import { Buffer } from "node:buffer";
import type { Exchange } from "./exchange.ts";
import type { Dialect, FaultAction } from "./fault.ts";
import { type Pieces, replay } from "./pieces.ts";
import type { Piece } from "./http_reader.ts";

type ErrorAction = FaultAction & { kind: "status" | "error-in-200" };

/** Answers a request in place of the service; the dialect makes the body of an error. */
export async function sendError(
  exchange: Exchange,
  action: ErrorAction,
  dialect: Dialect | undefined,
): Promise<void> {
  const status = statusOf(action);
  const isBodiless = status === 204 || status === 304;
  const { body, headers } = makeBody(exchange, action, dialect);
  const hasBody = !isBodiless && exchange.request.method !== "HEAD";
  const bytes = Buffer.from(hasBody ? body : "");
  const all = new Map<string, string>();
  if (bytes.length > 0) all.set("content-type", "application/xml");
  const own = action.kind === "status" ? action.headers ?? {} : {};
  for (const [name, value] of Object.entries({ ...headers, ...own })) {
    all.set(name.toLowerCase(), value);
  }
  // An answer to HEAD tells the length of the body that GET would have.
  const isTold = exchange.request.method === "HEAD" &&
    (all.has("content-length") || all.has("transfer-encoding"));
  if (!isBodiless && !isTold) all.set("content-length", `${bytes.length}`);
  await exchange.sendHead(status, `HTTP/1.1 ${status} Injected`, [...all]);
  await exchange.sendBody(replay([{ bytes, isBody: true }]));
}

/** As {@linkcode sendError}, with a body that goes on byte by byte until it is over. */
export async function sendEndless(
  exchange: Exchange,
  action: FaultAction & { kind: "status" },
  dialect: Dialect | undefined,
  { pause, isOver }: {
    pause: () => Promise<void>;
    isOver: Promise<void>;
  },
): Promise<void> {
  const { status } = action;
  if (exchange.request.method === "HEAD") {
    const headers = { ...action.headers, "transfer-encoding": "chunked" };
    return await sendError(exchange, { ...action, headers }, dialect);
  }
  let hasEnded = false;
  isOver.then(() => hasEnded = true);
  const { body, headers } = makeBody(exchange, action, dialect);
  const all = new Map(Object.entries(headers ?? {}));
  if (!all.has("content-type")) all.set("content-type", "application/xml");
  all.set("transfer-encoding", "chunked");
  await exchange.sendHead(status, `HTTP/1.1 ${status} Injected`, [...all]);
  // The end of an error's text is left out, so that it does not end there.
  const begin = body.slice(0, body.lastIndexOf("</"));
  async function* chunks(): Pieces {
    if (begin !== "") yield chunk(begin);
    while (!hasEnded) {
      yield chunk(" ");
      await pause();
    }
  }
  await exchange.sendBody(chunks());
}

/** A chunk of a body without a length. */
function chunk(text: string): Piece {
  const { length } = Buffer.from(text);
  const bytes = Buffer.from(`${length.toString(16)}\r\n${text}\r\n`);
  return { bytes, isBody: true };
}

function makeBody(
  { request }: Exchange,
  action: ErrorAction,
  dialect: Dialect | undefined,
): { body: string; headers?: Readonly<Record<string, string>> } {
  const status = statusOf(action);
  if (action.kind === "status") {
    if (action.body !== undefined) return { body: action.body };
    if (status < 300) return { body: "" };
  }
  const code = action.code ?? dialect?.codeOf?.(status, request) ??
    `Status${status}`;
  const message = action.kind === "status" ? action.message : undefined;
  const made = dialect?.errorBody(status, code, message, request) ?? "";
  return typeof made === "string" ? { body: made } : made;
}

function statusOf(action: ErrorAction): number {
  return action.kind === "status" ? action.status : 200;
}
