/** The version of the line protocol that this kit speaks. */
export const PROTOCOL_VERSION = 1;

/** The address of the page that tells the protocol, in this copy of the package. */
export const PROTOCOL_PAGE: string =
  new URL("../PROTOCOL.md", import.meta.url).href;

/** A process's account of itself: its answer to `hello`. */
export interface Hello {
  /** The store's name, for reports. */
  readonly store: string;
  /** The things that it can do beyond uploads, downloads, sizes, URIs and closing. */
  readonly powers: readonly string[];
  /** The process in which the store is, where a launcher stands between. */
  readonly pid: number | undefined;
  /** Members of a harness, as they came. */
  readonly members: Readonly<Record<string, unknown>>;
}

/** An error of the other language, as it came. */
export interface ForeignFailure {
  /** One of the nine codes of clause 22. */
  readonly code?: string;
  /** The `errno` name of a local error, such as `ENOENT`. */
  readonly local?: string;
  /** An argument was of the wrong type. */
  readonly argument?: boolean;
  /** The number of the callback's call whose failure this is. */
  readonly callback?: number;
  /** The operation was aborted. */
  readonly aborted?: boolean;
  /** A size or a range is none, or is not that of the data. */
  readonly range?: boolean;
  /** The caller's stream has failed. */
  readonly source?: boolean;
  /** Something that the store, or the machine, lacks to do this. */
  readonly lacks?: string;
  /** The other language's class. */
  readonly type?: string;
  /** Its text. */
  readonly message?: string;
  /** See clause 22. */
  readonly objectName?: string;
  /** See clause 22. */
  readonly uri?: string;
  /** Its causes, a text each, the nearest first. */
  readonly cause?: readonly string[];
  /** Where it was raised, for the reader. */
  readonly stack?: string;
}

/** A line that a process has written. */
export type StoreMessage =
  | { readonly kind: "ok"; readonly id: number; readonly value: unknown }
  | {
    readonly kind: "error";
    readonly id: number;
    readonly error: ForeignFailure;
  }
  | { readonly kind: "begun"; readonly id: number }
  | { readonly kind: "item"; readonly id: number; readonly name: string }
  | {
    readonly kind: "progress";
    readonly id: number;
    readonly done: number;
    readonly total: number;
    readonly call: number;
  }
  /** The next bytes of an object that is read, in base64. */
  | { readonly kind: "chunk"; readonly id: number; readonly data: string }
  /** The end of an object that is read. */
  | { readonly kind: "end"; readonly id: number }
  /** The failure of an object that is read. */
  | {
    readonly kind: "failed";
    readonly id: number;
    readonly error: ForeignFailure;
  }
  /** The next bytes of the caller's data are wanted, or no more of them. */
  | { readonly kind: "pull" | "cancel"; readonly id: number };

const MARKS = [
  "code",
  "local",
  "argument",
  "callback",
  "aborted",
  "range",
  "source",
  "lacks",
];
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const TEXTS = [
  "code",
  "local",
  "lacks",
  "type",
  "message",
  "objectName",
  "uri",
  "stack",
];

/** A line that is no message of the protocol. */
export class MessageError extends Error {
  override readonly name = "MessageError";
}

/**
 * Reads one line of a process.
 *
 * @throws {MessageError} If it is no message; the text says why, and quotes the line.
 */
export function parseMessage(line: string): StoreMessage {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw refuse("is not JSON", line);
  }
  if (!isRecord(value)) throw refuse("is no JSON object", line);
  const { id, ok, error, begun, item, progress, call, chunk, failed } = value;
  if (!isCount(id)) throw refuse("has no 'id' that is a number", line);
  if (begun === true) return { kind: "begun", id };
  if (typeof item === "string") return { kind: "item", id, name: item };
  if (progress !== undefined && progress !== null) {
    if (!isPair(progress) || !isCount(call)) {
      throw refuse("has no two numbers in 'progress' and a 'call'", line);
    }
    return {
      kind: "progress",
      id,
      done: progress[0],
      total: progress[1],
      call,
    };
  }
  if (typeof chunk === "string") {
    if (chunk.length % 4 !== 0 || !BASE64.test(chunk)) {
      throw refuse("has a 'chunk' that is not base64", line);
    }
    return { kind: "chunk", id, data: chunk };
  }
  for (const kind of ["end", "pull", "cancel"] as const) {
    if (value[kind] === true) return { kind, id };
  }
  if (failed !== undefined && failed !== null) {
    return { kind: "failed", id, error: readFailure(failed, line) };
  }
  if (error !== undefined && error !== null) {
    return { kind: "error", id, error: readFailure(error, line) };
  }
  if (Object.hasOwn(value, "ok")) return { kind: "ok", id, value: ok };
  throw refuse(
    "has none of 'ok', 'error', 'begun', 'item', 'progress', 'chunk', 'end', 'failed', 'pull' and 'cancel'",
    line,
  );
}

/**
 * Reads the answer to `hello`.
 *
 * @throws {MessageError} If it is none, or another version of the protocol.
 */
export function readHello(value: unknown): Hello {
  if (!isRecord(value)) {
    throw new MessageError("'hello' was not answered with an object");
  }
  const { protocol, store, powers = [], pid, ...members } = value;
  if (protocol !== PROTOCOL_VERSION) {
    throw new MessageError(
      `it speaks version ${
        JSON.stringify(protocol)
      } of the protocol, and this kit version ${PROTOCOL_VERSION}`,
    );
  }
  if (typeof store !== "string" || store === "") {
    throw new MessageError("'store' in the answer to 'hello' must be a name");
  }
  if (!isTexts(powers ?? [])) {
    throw new MessageError("'powers' in the answer to 'hello' must be strings");
  }
  return {
    store,
    powers: (powers ?? []) as string[],
    pid: isCount(pid) ? pid : undefined,
    members,
  };
}

function readFailure(error: unknown, line: string): ForeignFailure {
  if (!isRecord(error)) throw refuse("has an 'error' that is no object", line);
  const given = Object.fromEntries(
    Object.entries(error).filter(([, value]) => value !== null),
  );
  const marks = MARKS.filter((key) =>
    given[key] !== undefined && given[key] !== false
  );
  if (given.unknown === true) marks.push("unknown");
  if (marks.length !== 1) {
    throw refuse(
      `has an 'error' with ${
        marks.length === 0 ? "none" : marks.join(" and ")
      } where one of ${MARKS.join(", ")} and unknown is wanted`,
      line,
    );
  }
  const isRight =
    TEXTS.every((key) =>
      given[key] === undefined || typeof given[key] === "string"
    ) && (given.callback === undefined || isCount(given.callback)) &&
    (given.cause === undefined || isTexts(given.cause));
  if (!isRight) {
    throw refuse("has an 'error' with a member of the wrong type", line);
  }
  return given;
}

function refuse(why: string, line: string): MessageError {
  const shown = line.length > 200 ? `${line.slice(0, 200)}…` : line;
  return new MessageError(`a line ${why}: ${JSON.stringify(shown)}`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isPair(value: unknown): value is [number, number] {
  return Array.isArray(value) && value.length === 2 &&
    value.every((item) => typeof item === "number");
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) &&
    value.every((item) => typeof item === "string");
}
