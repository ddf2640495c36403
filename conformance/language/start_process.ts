import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import process from "node:process";

/** Options of {@linkcode startProcess}. */
export interface StartOptions {
  /** Its working directory. @default This process's. */
  readonly cwd?: string | undefined;
  /** Variables besides those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A process with pipes to its standard streams. */
export interface StartedProcess {
  /** Its id; 0 if it could not be started. */
  readonly pid: number;
  /** Resolves when it runs. Rejects if it could not be started. */
  readonly started: Promise<void>;
  /** The bytes that it prints on standard output. */
  readonly stdout: AsyncIterable<Uint8Array>;
  /** The bytes that it prints on standard error. Read both from the beginning: what nobody reads is lost with the process. */
  readonly stderr: AsyncIterable<Uint8Array>;
  /** Resolves to its exit code or signal when it has ended. Rejects if it could not be started. */
  readonly status: Promise<{ code: number | null; signal: string | null }>;
  /** Writes to its standard input. Never rejects: it may have ended. */
  write(text: string): Promise<void>;
  /** Closes its standard input. */
  closeInput(): void;
  /** Ends what is read of it: a process of its own may hold the pipes open. */
  stopReading(): void;
  /** Sends a signal; one that has ended gets none. */
  kill(signal: "SIGKILL" | "SIGTERM" | "SIGINT"): void;
}

/** Starts a process, on whatever runtime this is. */
export function startProcess(
  command: string,
  args: readonly string[],
  { cwd, env }: StartOptions = {},
): StartedProcess {
  const child = spawn(command, [...args], {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...process.env, ...env },
    stdio: "pipe",
  });
  // What is written to one that has ended is lost, and who waits for its end is told.
  child.stdin.on("error", () => {});
  return {
    pid: child.pid ?? 0,
    started: waitForStart(child),
    stdout: readPieces(child.stdout),
    stderr: readPieces(child.stderr),
    status: findStatus(child),
    write: (text) =>
      new Promise((resolve) => child.stdin.write(text, () => resolve())),
    closeInput: () => child.stdin.destroy(),
    stopReading() {
      child.stdout.destroy();
      child.stderr.destroy();
    },
    kill(signal) {
      const hasEnded = child.exitCode !== null || child.signalCode !== null;
      if (child.pid === undefined || hasEnded) return;
      try {
        // Not `child.kill()`: that of Deno closes the pipes first, and the process sees it.
        process.kill(child.pid, signal);
      } catch {
        // It has ended in the meantime.
      }
    },
  };
}

/** Reads all that a process prints, as text. */
export async function readText(
  stream: AsyncIterable<Uint8Array>,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const piece of stream) {
    text += decoder.decode(piece, { stream: true });
  }
  return text + decoder.decode();
}

/** Reads to the end. Where nothing could be started, a pipe breaks instead, and `status` tells why. */
async function* readPieces(
  stream: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* stream;
  } catch {
    // As above.
  }
}

function waitForStart(child: ChildProcessWithoutNullStreams): Promise<void> {
  const started = new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", reject);
  });
  started.catch(() => {});
  return started;
}

function findStatus(
  child: ChildProcessWithoutNullStreams,
): StartedProcess["status"] {
  const status: StartedProcess["status"] = new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  // Who wants to know may ask later.
  status.catch(() => {});
  return status;
}
