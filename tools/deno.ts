/**
 * Runs a deno subcommand, with `@std` from JSR where JSR answers and from the stand-ins of
 * `std_stand_ins/` where it does not: `deno run -A tools/deno.ts test -A tests/`.
 *
 * `OBJECT_STORE_STD=jsr` or `=npm` decides without asking. The child finds the decision in that
 * variable, so that it is made once, and in `STOREKIT_DENO_ARGS` a JSON array of the arguments
 * that a deno it starts itself needs after the subcommand.
 *
 * @module
 */

type Source = "jsr" | "npm";

/** Within two seconds, the start of a process included. */
const PROBE_TIMEOUT_MS = 1800;
const SUBCOMMANDS_WITH_MODULES = new Set(
  "bench cache check compile doc eval info repl run serve test".split(" "),
);
const MAP_ARGUMENT = `--import-map=${
  new URL("./std_stand_ins/import_map.json", import.meta.url).href
}`;

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: string[]): Promise<number> {
  const [subcommand] = args;
  const forced = Deno.env.get("OBJECT_STORE_STD") ?? "";
  const inherited = readInheritedArguments();
  if (!subcommand) {
    return refuse("Cannot run deno as the subcommand is missing");
  }
  if (forced !== "" && forced !== "jsr" && forced !== "npm") {
    return refuse(
      `Cannot choose where @std comes from as 'OBJECT_STORE_STD' must be "jsr" or "npm": current value is "${forced}"`,
    );
  }
  if (!inherited) {
    return refuse(
      "Cannot run deno as 'STOREKIT_DENO_ARGS' must be a JSON array of strings",
    );
  }

  const signals = listenForSignals();
  try {
    if (!SUBCOMMANDS_WITH_MODULES.has(subcommand)) {
      return await runDeno(args, {}, signals);
    }
    const source = forced || await findSource(signals);
    if (signals.exitCode) return signals.exitCode;
    if (source === "jsr") {
      return await runDeno(args, { OBJECT_STORE_STD: source }, signals);
    }
    if (!inherited.includes(MAP_ARGUMENT)) {
      const reason = forced ? "OBJECT_STORE_STD=npm" : "JSR does not answer";
      console.error(`${reason}: @std comes from tools/std_stand_ins/`);
      inherited.push(MAP_ARGUMENT);
    }
    return await runDeno(
      [subcommand, MAP_ARGUMENT, ...args.slice(1)],
      {
        OBJECT_STORE_STD: source,
        STOREKIT_DENO_ARGS: JSON.stringify(inherited),
      },
      signals,
    );
  } finally {
    signals.stop();
  }
}

function readInheritedArguments(): string[] | undefined {
  try {
    const value = JSON.parse(Deno.env.get("STOREKIT_DENO_ARGS") || "[]");
    const isList = Array.isArray(value) &&
      value.every((item) => typeof item === "string");
    return isList ? value : undefined;
  } catch {
    return undefined;
  }
}

function refuse(message: string): number {
  console.error(message);
  return 2;
}

interface Signals {
  /** Who gets the signals that arrive. */
  child?: Deno.ChildProcess;
  /** What to exit with once a signal has arrived. */
  exitCode: number;
  /** Takes the listeners off. */
  stop(): void;
}

function listenForSignals(): Signals {
  // A terminal gives its ctrl-c to the child as well, which should see it once.
  const isTerminal = [Deno.stdin, Deno.stdout, Deno.stderr]
    .some((stream) => stream.isTerminal());

  function onInterrupt(): void {
    signals.exitCode = 130;
    if (!isTerminal) pass("SIGINT");
  }
  function onTerminate(): void {
    signals.exitCode = 143;
    pass("SIGTERM");
  }
  function pass(signal: Deno.Signal): void {
    try {
      signals.child?.kill(signal);
    } catch {
      // It has ended in the meantime.
    }
  }
  const hasTerminate = Deno.build.os !== "windows";
  const signals: Signals = {
    exitCode: 0,
    stop() {
      Deno.removeSignalListener("SIGINT", onInterrupt);
      if (hasTerminate) Deno.removeSignalListener("SIGTERM", onTerminate);
    },
  };
  Deno.addSignalListener("SIGINT", onInterrupt);
  if (hasTerminate) Deno.addSignalListener("SIGTERM", onTerminate);
  return signals;
}

/**
 * Asks JSR for a small module, with an empty cache, so that what was downloaded before does not
 * pass for an answer. Deno itself asks: that honours `JSR_URL`, proxies and certificates.
 */
async function findSource(signals: Signals): Promise<Source> {
  const directory = await Deno.makeTempDir({ prefix: "storekit_probe_" });
  try {
    signals.child = new Deno.Command(Deno.execPath(), {
      args: ["info", "--no-config", `${await readSpecifier()}/delay`],
      cwd: directory,
      env: { DENO_DIR: directory, DENO_NO_PACKAGE_JSON: "1" },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const { child } = signals;
    const timer = setTimeout(() => child.kill("SIGKILL"), PROBE_TIMEOUT_MS);
    const { success } = await child.status;
    clearTimeout(timer);
    return success ? "jsr" : "npm";
  } finally {
    delete signals.child;
    await Deno.remove(directory, { recursive: true });
  }
}

async function readSpecifier(): Promise<string> {
  const url = new URL("../deno.json", import.meta.url);
  return JSON.parse(await Deno.readTextFile(url)).imports["@std/async"];
}

async function runDeno(
  args: string[],
  env: Record<string, string>,
  signals: Signals,
): Promise<number> {
  const command = new Deno.Command(Deno.execPath(), {
    args,
    env,
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  });
  signals.child = command.spawn();
  return (await signals.child.status).code;
}
