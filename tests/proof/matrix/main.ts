/**
 * The kill matrix: runs the conformance suite on every mutant and every benign variant, or on those
 * whose names match globs, as `deno task mutants 'get-*' benign/errors-tell-more`. Prints what
 * caught each, and fails where that is not exactly what is listed, where a mutant survives, where a
 * case catches nobody, and where a benign variant is accused. A mutant whose verdict is not the listed
 * one is judged once more, alone, and that is said.
 *
 * `--cases=GET-*,PUT-*` runs only these cases, `--jobs=3` is the number of processes, `--full-size`
 * moves objects of 9 MiB as with users' stores. `--listed` runs a mutant on the cases of its list
 * alone: much faster, and blind to other cases that catch it.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { variants } from "../benign/mod.ts";
import { catalogue } from "../../../conformance/cases/catalogue.ts";
import { findFaults, type Verdict } from "./matrix.ts";
import { mutants } from "../mutants/mod.ts";
import { makePlaces } from "./devices.ts";
import { judgeAll } from "./pool.ts";
import type { Question } from "./worker.ts";
import { type Chosen, findExcused, type Outcome, report } from "./report.ts";

const PLAIN: Question = { kind: "variant", name: "plain", options: {} };

interface Options {
  readonly names: readonly string[];
  readonly only: readonly string[] | undefined;
  readonly jobs: number;
  readonly isFullSize: boolean;
  readonly isListedOnly: boolean;
}

const HELP = `Usage: deno task mutants [options] [name ...]

Runs the conformance suite on mutants and benign variants, all or those whose names match,
such as 'get-*' or 'benign/errors-tell-more', and prints what caught each.

  --cases=GET-*,PUT-*  only these cases
  --listed             a mutant only on the cases that are to catch it: a quarter of the time
  --full-size          objects of 9 MiB, as for users' stores
  --jobs=3             how many processes; default: one more than processors
  --help               this text

Exit codes: 0 all as listed; 1 a mutant is not caught as listed or a benign variant is accused;
2 wrong options.`;

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: readonly string[]): Promise<number> {
  let options: Options | undefined;
  try {
    options = readOptions(args);
  } catch (error) {
    console.error(`Cannot run mutants: ${(error as Error).message}`);
    return 2;
  }
  if (!options) {
    console.log(HELP);
    return 0;
  }
  const { names, jobs } = options;
  if (!Number.isSafeInteger(jobs) || jobs < 1) {
    console.error("Cannot run mutants as '--jobs' must be a positive integer");
    return 2;
  }
  const chosen = {
    mutants: mutants.filter(({ name }) => isChosen(name, names)),
    variants: variants.filter(({ name }) => isChosen(`benign/${name}`, names)),
  };
  const questions = ask(chosen, options);
  if (questions.length === 0) {
    console.error("Cannot run mutants as no name matches");
    return 2;
  }
  const start = performance.now();
  const outcome = await judgeQuestions(questions, options);
  const seconds = Math.round((performance.now() - start) / 1000);

  return report(chosen, { questions, ...outcome, seconds }, options);
}

/** Reads the arguments; `undefined` where help is asked for. */
function readOptions(args: readonly string[]): Options | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      cases: { type: "string" },
      jobs: { type: "string" },
      "full-size": { type: "boolean", default: false },
      listed: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return undefined;
  // One more than processors, as cases wait for time to pass, too.
  const jobs = Number(values.jobs ?? navigator.hardwareConcurrency + 1);
  return {
    names: positionals,
    only: values.cases?.split(","),
    jobs,
    isFullSize: values["full-size"],
    isListedOnly: values.listed,
  };
}

function isChosen(name: string, globs: readonly string[]): boolean {
  return globs.length === 0 || globs.some((glob) => {
    const source = glob.split("*").map(RegExp.escape).join(".*");
    return new RegExp(`^${source}$`).test(name);
  });
}

function ask(
  chosen: Chosen,
  { only, isFullSize, isListedOnly }: Options,
): Question[] {
  const options = { ...(only ? { only } : {}), isFullSize };
  const isOfWholeRun = (id: string) =>
    catalogue.some((c) => c.id === id && c.judgesRun !== undefined);
  const isExplicit = (id: string) =>
    catalogue.some((c) => c.id === id && c.explicit);
  return [
    ...chosen.variants.map(({ name }): Question => ({
      kind: "variant",
      name,
      options,
    })),
    ...chosen.mutants.map(({ name, caughtBy }): Question => ({
      kind: "mutant",
      name,
      options: {
        ...options,
        ...(isListedOnly && !caughtBy.some(isOfWholeRun)
          ? { only: caughtBy }
          : {}),
        explicit: caughtBy.filter(isExplicit),
        // What hangs for half of what a correct store has, hangs.
        caseTimeoutMs: 15_000,
        // A fault of its own may come only once.
        isMeasured: false,
      },
    })),
  ];
}

async function judgeQuestions(
  questions: readonly Question[],
  { jobs }: Options,
): Promise<Outcome> {
  await using made = await makePlaces(Math.min(jobs, questions.length));
  const { places, missing } = made;
  let isStopped = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, async () => {
      if (isStopped) return;
      isStopped = true;
      await made[Symbol.asyncDispose]();
      Deno.exit(signal === "SIGINT" ? 130 : 143);
    });
  }
  let count = 0;
  const verdicts = await judgeAll(questions, {
    places,
    onVerdict({ kind, name }, { caught, broken, seconds }) {
      const at = `${++count} of ${questions.length}`;
      const outcome = caught.join(" ") ||
        (kind === "mutant" ? "survives" : "green");
      const failed = broken.length > 0 ? ` (${broken.length} broken)` : "";
      const shown = kind === "mutant" ? name : `benign/${name}`;
      console.log(`[${at}] ${shown}: ${outcome}${failed} (${seconds} s)`);
    },
  });
  // What the correct store leaves open on this machine, no mutant can show.
  const [plain] = missing.length === 0
    ? []
    : await judgeAll([PLAIN], { places, onVerdict() {} });
  const excused = plain ? findExcused(plain) : [];
  const doubtful = findDoubtful(questions, verdicts, excused);
  const again = await judgeAll(doubtful.map(({ question }) => question), {
    // One after the other: some faults are races, and others take the processor.
    places: places.slice(0, 1),
    onVerdict({ name }, { caught }) {
      console.log(`[again] ${name}: ${caught.join(" ") || "survives"}`);
    },
  });
  const final = [...verdicts];
  doubtful.forEach(({ index }, n) => final[index] = again[n]!);
  const judgedTwice = doubtful.flatMap(({ lines }) => lines);
  return { verdicts: final, missing, excused, judgedTwice };
}

/** Mutants whose verdict is not the listed one. A variant that is accused has no second chance. */
function findDoubtful(
  questions: readonly Question[],
  verdicts: readonly Verdict[],
  excused: readonly string[],
): { question: Question; index: number; lines: readonly string[] }[] {
  return questions.flatMap((question, index) => {
    const mutant = mutants.find(({ name }) => name === question.name);
    const verdict = verdicts[index];
    if (question.kind !== "mutant" || !mutant || !verdict) return [];
    const { only } = question.options;
    const isJudged = (id: string) => !only || isChosen(id, only);
    const { survivors, differences, broken } = findFaults([mutant], [verdict], {
      isJudged,
      excused,
    });
    const lines = [...survivors, ...differences, ...broken];
    return lines.length > 0 ? [{ question, index, lines }] : [];
  });
}
