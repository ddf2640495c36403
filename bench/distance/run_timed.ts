import { type Command, environmentFor } from "../process/measure_process.ts";

/** Options of {@linkcode runTimed}. */
export interface TimedOptions {
  /** Where it works. */
  readonly directory: string;
  /** Resolves when it has taken so long that its time is of no interest any more. */
  readonly late: Promise<void>;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** A process that has ended. */
export interface TimedRun {
  /** What it printed. */
  readonly text: string;
  /** Milliseconds from its start to its end. */
  readonly milliseconds: number;
  /** True if it was ended as it was late. */
  readonly isLate: boolean;
}

/**
 * Runs a command that prints its own times.
 *
 * @param command The command.
 * @param options How long.
 * @throws {Error} If it fails by itself.
 */
export async function runTimed(
  command: Command,
  { directory, late, signal }: TimedOptions,
): Promise<TimedRun> {
  const began = performance.now();
  const child = new Deno.Command(command.program, {
    args: [...command.args],
    ...environmentFor(command),
    cwd: directory,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal,
  }).spawn();
  let isLate = false;
  let isOver = false;
  late.then(() => {
    if (isOver) return;
    try {
      child.kill("SIGKILL");
      isLate = true;
    } catch {
      // It has just ended by itself, and was not late.
    }
  });
  const { code, stdout, stderr } = await child.output();
  isOver = true;
  const milliseconds = performance.now() - began;
  signal.throwIfAborted();
  const decoder = new TextDecoder();
  if (code !== 0 && !isLate) {
    const words = decoder.decode(stderr).trim().split("\n");
    throw new Error(`code ${code}: ${words.at(-1)?.slice(0, 200)}`);
  }
  return { text: decoder.decode(stdout), milliseconds, isLate };
}
