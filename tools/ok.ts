/**
 * Everything a change must pass, or the steps that are named: `deno task ok lint check`. Runs them
 * all, also after one has failed, and ends with a summary.
 *
 * @module
 */

const REPOSITORY = new URL("../", import.meta.url);
const TOOL = new URL("./deno.ts", import.meta.url).href;

/** What each step passes to deno. */
const STEPS: Record<string, () => string[]> = {
  "fmt": () => ["task", "--quiet", "fmt", "--check"],
  "lint": () => ["task", "--quiet", "lint"],
  "check": () => ["task", "--quiet", "check"],
  "doc-lint": () => ["run", "-A", TOOL, "doc", "--lint", ...readEntries()],
  "publish-check": () => ["task", "--quiet", "publish-check"],
  "test": () => ["task", "--quiet", "test"],
  "mutants": () => ["task", "--quiet", "mutants"],
};

interface Outcome {
  name: string;
  isOk: boolean;
  seconds: number;
}

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: string[]): Promise<number> {
  const names = args.length > 0 ? args : Object.keys(STEPS);
  const unknown = names.find((name) => !Object.hasOwn(STEPS, name));
  if (unknown !== undefined) {
    const known = Object.keys(STEPS).join(", ");
    console.error(
      `Cannot run step "${unknown}" as the steps are ${known}`,
    );
    return 2;
  }

  const outcomes: Outcome[] = [];
  for (const [index, name] of names.entries()) {
    console.log(`\n--- ${index + 1} of ${names.length}: ${name}`);
    outcomes.push(await runStep(name));
  }
  return summarize(outcomes);
}

async function runStep(name: string): Promise<Outcome> {
  const begin = performance.now();
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: STEPS[name]!(),
    cwd: REPOSITORY,
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn().status;
  const seconds = (performance.now() - begin) / 1000;
  return { name, isOk: success, seconds };
}

function readEntries(): string[] {
  const file = Deno.readTextFileSync(new URL("deno.json", REPOSITORY));
  return Object.values(JSON.parse(file).exports);
}

function summarize(outcomes: Outcome[]): number {
  console.log();
  for (const { name, isOk, seconds } of outcomes) {
    const verdict = isOk ? "ok" : "FAILED";
    console.log(
      `${name.padEnd(15)}${verdict.padEnd(8)}${seconds.toFixed(1)} s`,
    );
  }
  const failed = outcomes.filter(({ isOk }) => !isOk).map(({ name }) => name);
  const passed = outcomes.length - failed.length;
  const names = failed.length > 0 ? `: ${failed.join(", ")}` : "";
  console.log(`\n${passed} steps passed, ${failed.length} failed${names}`);
  return failed.length > 0 ? 1 : 0;
}
