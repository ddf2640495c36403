import { existsSync } from "node:fs";
import { dirname } from "@std/path/dirname";
import { fileURLToPath } from "node:url";
import { buildDenoArguments } from "../runner/process/child_command.ts";
import { findModule } from "./load_harness.ts";
import { printError } from "./output.ts";
import { UsageError } from "./usage.ts";

/** Editors write a file in several steps. */
const SETTLE_MS = 100;

/**
 * Runs the command again and again, whenever a module of the harness has
 * changed: each time in a process of its own, as a module is loaded once in a
 * process. A change ends the run in progress, which cleans up first.
 *
 * @param harness The harness's path or URL.
 * @param args The command's arguments; `--watch` among them.
 * @returns The exit code, after SIGINT or SIGTERM.
 * @throws {UsageError} If the harness is a path, and there is no such file; on Node and Bun.
 */
export async function watchHarness(
  harness: string,
  args: readonly string[],
): Promise<number> {
  if (globalThis.Deno === undefined) {
    throw new UsageError(
      "Cannot watch as this needs Deno: on Node and Bun start the command with the runtime's own --watch",
    );
  }
  const url = findModule(harness);
  const own = args.filter((arg) => arg !== "--watch");
  let exitCode: number | undefined;
  let stopWaiting = () => {};
  let child: Deno.ChildProcess | undefined;
  const stop = (signal: "SIGINT" | "SIGTERM") => () => {
    exitCode = signal === "SIGINT" ? 130 : 143;
    endChild(child, signal);
    stopWaiting();
  };
  const listeners = { SIGINT: stop("SIGINT"), SIGTERM: stop("SIGTERM") };
  const names = Deno.build.os === "windows"
    ? ["SIGINT"] as const
    : ["SIGINT", "SIGTERM"] as const;
  for (const name of names) Deno.addSignalListener(name, listeners[name]);
  try {
    while (exitCode === undefined) {
      // Before the run, so that no change during it is lost.
      const change = waitForChange(await findFiles(url));
      stopWaiting = change.stop;
      child = startRun(own);
      const first = await Promise.race([
        child.status.then(() => "ended"),
        change.seen.then(() => "changed"),
      ]);
      if (first === "changed") endChild(child, "SIGTERM");
      await child.status;
      if (exitCode !== undefined) break;
      if (first === "ended") {
        printError(`Waiting for a change of ${harness} or what it imports\n`);
      }
      await change.seen;
    }
  } finally {
    stopWaiting();
    for (const name of names) Deno.removeSignalListener(name, listeners[name]);
  }
  return exitCode ?? 0;
}

function startRun(args: readonly string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", ...buildDenoArguments(), Deno.mainModule, ...args],
    stdin: "null",
  }).spawn();
}

function endChild(
  child: Deno.ChildProcess | undefined,
  signal: "SIGINT" | "SIGTERM",
): void {
  try {
    child?.kill(signal);
  } catch {
    // It has ended already.
  }
}

/** Paths of the local modules that a module loads; the module's own where Deno cannot tell. */
async function findFiles(url: string): Promise<Set<string>> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", ...buildDenoArguments(), url],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).output();
  const urls = [url];
  try {
    const { modules } = JSON.parse(new TextDecoder().decode(stdout));
    for (const { specifier } of modules) urls.push(specifier);
  } catch {
    // Such as a module with an error in its syntax: it is watched itself.
  }
  const paths = urls.filter((url) => url.startsWith("file:"))
    .map((url) => fileURLToPath(url));
  return new Set(paths.filter((path) => existsSync(path)));
}

function waitForChange(
  files: ReadonlySet<string>,
): { seen: Promise<void>; stop(): void } {
  // A file that an editor replaces is another one: its directory tells.
  const watcher = Deno.watchFs([...new Set([...files].map(dirname))], {
    recursive: false,
  });
  let isStopped = false;
  const stop = () => {
    if (isStopped) return;
    isStopped = true;
    watcher.close();
  };
  async function see(): Promise<void> {
    for await (const { kind, paths } of watcher) {
      if (kind === "access" || !paths.some((path) => files.has(path))) continue;
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      stop();
    }
  }
  return { seen: see(), stop };
}
