import { relative, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { DENO_ARGS } from "../runner/process/child_command.ts";
import { findOwnModule } from "../runner/process/own_module.ts";
import { COMMAND } from "./parse_arguments.ts";
import { smokeCase } from "../runner/smoke_case.ts";

/** Where the command lives: `cli.ts` beside this directory. */
const CLI = findOwnModule("../cli.ts", import.meta);

/** The command, as one would type it here, that runs one case again. */
export function repeatCommand(
  harness: string,
  id: string,
  seed: string,
): string {
  const only = id === smokeCase.id ? [] : ["--only", id];
  return commandFor(
    [...nameHarness(harness), ...only, "--seed", seed],
    process.cwd(),
  );
}

function nameHarness(harness: string): string[] {
  return harness.startsWith(COMMAND)
    ? ["--command", harness.slice(COMMAND.length)]
    : [shorten(harness)];
}

/** The command, as one would type it in a directory, with these arguments. */
export function commandFor(args: readonly string[], directory: string): string {
  return [...findProgram(directory), ...args.map(quote)].join(" ");
}

function findProgram(directory: string): string[] {
  if (globalThis.Deno === undefined) {
    const path = relative(directory, fileURLToPath(CLI));
    return ["bun" in process.versions ? "bun" : "node", quote(path)];
  }
  if (CLI.protocol === "file:") {
    const path = fileURLToPath(CLI);
    const inside = relative(resolve(path, "../.."), directory);
    if (!inside.startsWith("..")) return ["deno", "task", "conformance"];
    return [
      "deno",
      "run",
      "-A",
      ...readDenoArguments(),
      quote(shorten(path)),
    ];
  }
  const jsr = CLI.pathname.match(/^\/(@[^/]+\/[^/]+)\/([^/]+)\//);
  const module = jsr ? `jsr:${jsr[1]}@${jsr[2]}/conformance/cli` : CLI.href;
  return ["deno", "run", "-A", module];
}

/** A path as it is shortest from here. */
function shorten(path: string): string {
  if (/^[a-z][a-z0-9+.-]+:/i.test(path)) {
    return path.startsWith("file:") ? shorten(fileURLToPath(path)) : path;
  }
  const short = relative(process.cwd(), resolve(path));
  return short !== "" && short.length < path.length ? short : path;
}

function readDenoArguments(): string[] {
  try {
    return JSON.parse(process.env[DENO_ARGS] || "[]").map(quote);
  } catch {
    // Who starts a process with it is told what is wrong with it.
    return [];
  }
}

function quote(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", "'\\''")}'`;
}
