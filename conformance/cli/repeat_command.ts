import { relative, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { DENO_ARGS } from "../runner/process/child_command.ts";

/** Where the command lives: `cli.ts` beside this directory. */
const CLI = new URL("../cli.ts", import.meta.url);

/** The command, as one would type it here, that runs one case again. */
export function repeatCommand(
  harness: string,
  id: string,
  seed: string,
): string {
  return [
    ...findProgram(),
    ...[harness, "--only", id, "--seed", seed].map(quote),
  ].join(" ");
}

function findProgram(): string[] {
  if (CLI.protocol === "file:") {
    const path = fileURLToPath(CLI);
    const inside = relative(resolve(path, "../.."), process.cwd());
    if (!inside.startsWith("..")) return ["deno", "task", "conformance"];
    return ["deno", "run", "-A", ...readDenoArguments(), quote(path)];
  }
  const jsr = CLI.pathname.match(/^\/(@[^/]+\/[^/]+)\/([^/]+)\//);
  const module = jsr ? `jsr:${jsr[1]}@${jsr[2]}/conformance/cli` : CLI.href;
  return ["deno", "run", "-A", module];
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
