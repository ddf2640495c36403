/**
 * Judges the stores of the kill matrix, one after the other, as `mutants.ts` asks on standard
 * input: a line of JSON for each, and one for each answer.
 *
 * @module
 */

import { variants } from "../benign/mod.ts";
import { judge, type JudgeOptions, type Verdict } from "./matrix.ts";
import { mutants } from "../mutants/mod.ts";
import {
  findChangedGlobals,
  snapshotGlobals,
} from "../../../conformance/runner/watch/watch_globals.ts";

/** What a worker is asked. */
export interface Question {
  /** Which list the store is of. */
  readonly kind: "mutant" | "variant";
  /** Its name there. */
  readonly name: string;
  /** How it is judged. */
  readonly options: JudgeOptions;
}

/** What a worker answers. */
export interface Answer {
  /** What the suite says. */
  readonly verdict: Verdict;
  /** Whether the store has changed what the whole process shares, so that the worker must not judge another. */
  readonly isSpoilt: boolean;
}

/** Begins a line that is an answer: a store may print, too. */
export const MARKER = "\u0001verdict ";

// A mutant may leave something open, so the end is explicit.
if (import.meta.main) Deno.exit(await main());

async function main(): Promise<number> {
  const before = snapshotGlobals();
  const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
  let rest = "";
  for await (const text of lines) {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    for (const line of parts) {
      const verdict = await answer(JSON.parse(line));
      const isSpoilt = findChangedGlobals(before).length > 0;
      tell({ verdict, isSpoilt });
    }
  }
  return 0;
}

async function answer({ kind, name, options }: Question): Promise<Verdict> {
  const list = kind === "mutant" ? mutants : variants;
  const subject = list.find((one) => one.name === name);
  if (!subject) throw new TypeError(`Cannot judge "${name}" as there is none`);
  return await judge(subject, options);
}

/** Not by the console, which a mutant may have replaced. */
function tell(answer: Answer): void {
  const line = `\n${MARKER}${JSON.stringify(answer)}\n`;
  const bytes = new TextEncoder().encode(line);
  for (let at = 0; at < bytes.length;) {
    at += Deno.stdout.writeSync(bytes.subarray(at));
  }
}
