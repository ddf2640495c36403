import { TextLineStream } from "./text_lines.ts";

/** A child of the line protocol that is wrong in the way that its first argument names; see `broken_test.ts`. */
const [how = "", ...rest] = Deno.args;
const encoder = new TextEncoder();
const POWERS = ["abort", "list", "read", "write", "delete", "become"];

for await (const line of new TextLineStream(Deno.stdin.readable)) {
  const message = JSON.parse(line);
  const { id, do: what } = message;
  if (id === undefined) {
    give(message);
    continue;
  }
  if (what === "end") Deno.exit(0);
  if (what === "hello") {
    if (how === "no-hello") continue;
    if (how === "exits-at-once") {
      console.error("cannot start: no configuration");
      Deno.exit(4);
    }
    if (how === "prints-banner") write("Welcome to the store!\n");
    tell({
      id,
      ok: {
        protocol: how === "version-2" ? 2 : 1,
        store: how,
        powers: how === "no-powers" ? [] : POWERS,
        capabilities: ["flat", "reopen", "list", "process", "streaming"],
        secrets: ["secret-of-the-liar"],
        limits: { partSize: 1048576 },
        ...(how === "wrong-limits" ? { limits: { partSize: -1 } } : {}),
        ...(how === "says" ? JSON.parse(rest[0] ?? "{}") : {}),
      },
    });
  } else if (how.startsWith("dies-in-") && how === `dies-in-${what}`) {
    console.error(`dying in ${what}`);
    Deno.exit(3);
  } else if (what === "open") {
    if (how === "refuses-open") {
      const type = "ConfigError";
      const error = { unknown: true, type, message: "no bucket" };
      tell({ id, error: { ...error, cause: ["KeyError: 'BUCKET'"] } });
    } else if (how === "lacks-open") {
      tell({ id, error: { lacks: "there is no server here" } });
    } else tell({ id, ok: id });
  } else answer(id, what, message);
}

function answer(id: number, what: string, message: { name?: string }): void {
  switch (how) {
    case "hangs":
      return;
    case "hangs-in":
      return what === rest[0] ? undefined : tell({ id, ok: valueOf(what) });
    case "floods":
      for (let call = 1; what === "upload" && call <= 250_000; call++) {
        tell({ id, progress: [0, 1], call });
      }
      return tell({ id, ok: valueOf(what) });
    case "answers-twice":
      tell({ id, ok: valueOf(what) });
      return tell({ id, ok: valueOf(what) });
    case "begins-late":
      tell({ id, ok: valueOf(what) });
      return tell({ id, begun: true });
    case "unknown-id":
      return tell({ id: 4711, ok: null });
    case "half-a-line":
      write(`{"id":${id},`);
      return Deno.exit(0);
    case "closes-output":
      console.error("closing");
      return Deno.stdout.close();
    case "garbage":
      return write("Traceback (most recent call last):\n");
    case "endless-line":
      return write("x".repeat(2 ** 21));
    case "two-marks":
      return tell({ id, error: { code: "OTHER", local: "ENOENT" } });
    case "unknown-code":
      return tell({ id, error: { code: "GONE", message: "gone" } });
    case "false-abort":
      return tell({ id, error: { aborted: true, message: "stopped" } });
    case "false-source":
      return tell({ id, error: { source: true, message: "yours failed" } });
    case "chunk-before-answer":
      return tell({ id, chunk: "AAAA" });
    case "false-callback":
      return tell({ id, error: { callback: 9, message: "you threw" } });
    case "late-progress":
      tell({ id, ok: valueOf(what) });
      return tell({ id, progress: [1, 1], call: 1 });
    case "typed-error":
      console.error("a line on standard error");
      return tell({
        id,
        error: {
          code: "OTHER",
          type: "botocore.ClientError",
          message: `Cannot ${what} "liar:${message.name}": no`,
          cause: ["SSLError: bad handshake", "OSError: [Errno 5]"],
          stack: "File store.py, line 7",
        },
      });
    default:
      tell({ id, ok: valueOf(what) });
  }
}

/** Answers who asks for the bytes of an object, or wants no more of them: there are none. */
function give({ pull, cancel = pull }: Record<string, number>): void {
  const id = cancel;
  if (id === undefined) return;
  switch (how) {
    case "dies-while-read":
      console.error("dying while it is read");
      return Deno.exit(3);
    case "no-base64":
      return tell({ id, chunk: "!!!!" });
    case "empty-chunk":
      return tell({ id, chunk: "" });
    case "goes-on-after-end":
      tell({ id, end: true });
      return tell({ id, chunk: "AAAA" });
    case "fails-while-read":
      return tell({ id, failed: { code: "TRANSIENT", message: "lost" } });
    default:
      return tell({ id, end: true });
  }
}

/** What a liar says: yes. */
function valueOf(what: string): unknown {
  if (what === "size" || what === "read") return 0;
  return what === "uri" ? "liar:yes" : null;
}

function tell(message: unknown): void {
  write(`${JSON.stringify(message)}\n`);
}

function write(text: string): void {
  const bytes = encoder.encode(text);
  for (let at = 0; at < bytes.length;) {
    at += Deno.stdout.writeSync(bytes.subarray(at));
  }
}
