import process from "node:process";

/** An event that stops the command from outside. */
export interface Interruption {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** The exit code after a signal. */
  readonly exitCode: number | undefined;
  /** Takes the listeners off. */
  stop(): void;
}

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** Listens for SIGINT and SIGTERM. The first lets the run clean up; a second one ends the process at once. */
export function listenForInterruption(): Interruption {
  const controller = new AbortController();
  let exitCode: number | undefined;
  const names: (keyof typeof EXIT_CODES)[] = process.platform === "win32"
    ? ["SIGINT"]
    : ["SIGINT", "SIGTERM"];
  const listeners = names.map((name) => {
    function onSignal(): void {
      if (exitCode !== undefined) process.exit(exitCode);
      exitCode = EXIT_CODES[name];
      controller.abort(new Error(`interrupted by ${name}`));
    }
    process.on(name, onSignal);
    return { name, onSignal };
  });
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
    stop() {
      for (const { name, onSignal } of listeners) {
        process.off(name, onSignal);
      }
    },
  };
}
