import process from "node:process";
import { printError } from "./output.ts";

const EXIT_NOT_JUDGED = 3;

/** A guard that keeps a store's own `Deno.exit()` from being taken for the command's verdict. */
export interface ExitGuard {
  /** Lets the process exit as it likes from now on. */
  stop(): void;
}

/**
 * Watches for an exit that the command has not asked for, such as
 * `Deno.exit(0)` or `process.exit()` in a store or a harness: the exit code
 * becomes 3, and standard error says what was going on.
 *
 * @param describe Tells, in a few words, what was going on; `undefined` where
 * the command itself ends the process.
 */
export function guardExit(describe: () => string | undefined): ExitGuard {
  let hasTold = false;
  function onExit(): void {
    const during = describe();
    if (during === undefined) return;
    // The runtime takes the code that holds when the listeners have returned; Deno has two of them.
    if (globalThis.Deno) Deno.exitCode = EXIT_NOT_JUDGED;
    process.exitCode = EXIT_NOT_JUDGED;
    if (hasTold) return;
    hasTold = true;
    const message =
      `Cannot judge the store as it, or its harness, ended the process with Deno.exit() or process.exit() ${during}\n`;
    try {
      printError(message);
    } catch {
      // Nobody reads it; the code says enough.
    }
  }
  // Node has no such event, and its 'exit' comes for every end.
  globalThis.addEventListener?.("unload", onExit);
  process.on("exit", onExit);
  return {
    stop() {
      globalThis.removeEventListener?.("unload", onExit);
      process.off("exit", onExit);
    },
  };
}
