import { fromFileUrl, join } from "@std/path";

/** What is run. */
export interface Command {
  /** The program: a path, or a name on `PATH`. */
  readonly program: string;
  /** Its arguments. */
  readonly args: readonly string[];
  /** Further environment variables. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What one process took, from its start to its end. */
export interface Run {
  /** How long, in milliseconds. */
  readonly milliseconds: number;
  /** Seconds of CPU, of the system as well; `undefined` without Python. */
  readonly cpuSeconds?: number;
  /** The most memory it held, in bytes; `undefined` without Python. */
  readonly peakRss?: number;
}

/** What {@linkcode measureProcess} is given. */
export interface MeasureOptions {
  /** A directory for the result of the measuring process. */
  readonly directory: string;
  /** A Python that measures; without one there is only the time. */
  readonly python: string | undefined;
  /** Ends the process. */
  readonly signal: AbortSignal;
}

const SCRIPT = fromFileUrl(new URL("measure_process.py", import.meta.url));

/** All that a client sees of this process's environment: no settings or credentials of whoever measures. */
const INHERITED = [
  "DENO_DIR",
  "HOME",
  "LANG",
  "PATH",
  "TMPDIR",
  "XDG_CACHE_HOME",
];
const ENVIRONMENT = {
  AWS_CONFIG_FILE: "/dev/null",
  AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  AWS_EC2_METADATA_DISABLED: "true",
  NO_COLOR: "1",
  RCLONE_CONFIG: "/dev/null",
};

/**
 * Runs one command as a process of its own.
 *
 * @param command What to run.
 * @param options Where to keep the result, and with what to measure.
 * @throws {Error} If it fails, with the end of what it said.
 */
export async function measureProcess(
  command: Command,
  { directory, python, signal }: MeasureOptions,
): Promise<Run> {
  const result = join(directory, "measured.json");
  const { program, args } = python
    ? { program: python, args: [SCRIPT, result, command.program] }
    : { program: command.program, args: [] };
  const child = new Deno.Command(program, {
    args: [...args, ...command.args],
    ...environmentFor(command),
    cwd: directory,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    signal,
  });
  const begin = performance.now();
  const { code, stderr } = await child.output();
  const milliseconds = performance.now() - begin;
  signal.throwIfAborted();
  if (code !== 0) {
    throw new Error(
      `code ${code}: ${findLastWords(new TextDecoder().decode(stderr))}`,
    );
  }
  return python
    ? JSON.parse(await Deno.readTextFile(result))
    : { milliseconds };
}

/** The environment of a command: nothing of this process's but what every program needs. */
export function environmentFor(
  { env }: Command,
): { clearEnv: true; env: Record<string, string> } {
  return {
    clearEnv: true,
    env: { ...readInherited(), ...ENVIRONMENT, ...env },
  };
}

function readInherited(): Record<string, string> {
  const all = Deno.env.toObject();
  return Object.fromEntries(
    INHERITED.flatMap((name) => name in all ? [[name, all[name] ?? ""]] : []),
  );
}

/** The line that names the error; a stack or a hint may follow it. */
function findLastWords(text: string): string {
  const lines = text.trim().split("\n").map((line) => line.trim());
  const named = lines.findLast((line) => /error|exception|cannot/i.test(line));
  return (named ?? lines.at(-1) ?? "").slice(0, 200) || "it said nothing";
}
