import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { dirname } from "@std/path/dirname";
import { join } from "@std/path/join";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { findOwnModule } from "./own_module.ts";
// For the module graph alone, so that `deno cache` gets what a child process
// will run: it does nothing unless it is the main module.
import "./child_main.ts";

/**
 * The environment variable with further arguments for the `deno run` of child
 * processes: a JSON array of strings, such as
 * `["--import-map=file:///home/me/import_map.json"]`. Needed only when this
 * process was started with arguments that decide how modules are found; on
 * Linux and macOS `--import-map`, `--config`, `--unstable-kv` and the like are
 * taken over without it (on macOS unless a path has spaces).
 */
export const DENO_ARGS = "STOREKIT_DENO_ARGS";

const MODULE_FLAG = /^(--import-map|--config|-c|--cert)(?:=(.*))?$/s;
/** Flags without a value of their own, or with one after `=`, that change what modules and APIs are there. */
const PLAIN_FLAG =
  /^(--unstable(-[a-z-]+)?|--cached-only|--no-remote|--no-npm|--no-lock|--no-config|--unsafely-ignore-certificate-errors|--(lock|frozen|node-modules-dir|conditions|v8-flags|location|unsafely-ignore-certificate-errors)=.*|--node-modules-dir)$/s;

// Found at once: a store may change the directory.
const own = findOwnArguments();
const config = findUpwards(["deno.json", "deno.jsonc"]);
const packageJson = findUpwards(["package.json"]);

/** A command, and the directory that it has to be started in. */
export interface ChildCommand {
  /** The program. */
  readonly command: string;
  /** Its arguments. */
  readonly args: string[];
  /** The directory; left out where any will do. */
  readonly cwd?: string;
}

/** The module that a child process runs. */
const MAIN = findOwnModule("./child_main.ts", import.meta);

/**
 * Builds the command that starts `child_main.ts`, after a wrapper. In Deno the
 * `package.json` of a project has no flag of its own: deno looks for it from
 * the working directory on if the main module is not a file.
 */
export function buildChildCommand(wrapper: readonly string[]): ChildCommand {
  const flags = globalThis.Deno ? buildDenoArguments() : [];
  const project = flags.some(choosesConfig) || !globalThis.Deno
    ? undefined
    : packageJson;
  const [command = "", ...args] = [
    ...wrapper,
    process.execPath,
    ...globalThis.Deno
      ? project === undefined
        ? ["run", "-A", "--quiet", ...flags, MAIN.href]
        // Not awaited, as the module does not wait for its own end.
        : ["eval", "--quiet", ...flags, RUN]
      : [...process.execArgv.filter(isOfModules), fileURLToPath(MAIN)],
  ];
  return {
    command,
    args,
    ...(project === undefined ? {} : { cwd: dirname(project) }),
  };
}

const RUN = `import { runChild } from ${
  JSON.stringify(MAIN.href)
}; runChild();`;

/** Node's own test runner starts its files with flags that would make a test of a child process, too. */
function isOfModules(flag: string): boolean {
  return !/^--(test|watch|eval|print|inspect)/.test(flag);
}

/** The arguments with which another deno finds modules as this one does. */
export function buildDenoArguments(): string[] {
  const extra = joinArguments(own, readExtraArguments() ?? []);
  if (config !== undefined && !extra.some(choosesConfig)) {
    extra.push("--config", config);
  }
  return extra;
}

function readExtraArguments(): string[] | undefined {
  const text = process.env[DENO_ARGS];
  if (!text) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Refused below.
  }
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) {
    return value;
  }
  throw new TypeError(
    `Cannot start a process as the environment variable '${DENO_ARGS}' must be a JSON array of strings: current value is ${text}`,
  );
}

/**
 * The arguments of this process, and those of the variable: these are often one import map that a tool
 * has put there, and take the place of the same flags alone. `--unstable-kv` stays.
 */
export function joinArguments(
  own: readonly string[],
  given: readonly string[],
): string[] {
  const names = new Set(given.map(flagOf));
  const kept: string[] = [];
  for (let i = 0; i < own.length; i++) {
    const word = own[i] ?? "";
    const words = [word, ...(MODULE_FLAG.test(word) ? [own[++i] ?? ""] : [])];
    if (!names.has(flagOf(word))) kept.push(...words);
  }
  return [...kept, ...given];
}

/** The name under which a flag decides: `--config`, `-c` and `--no-config` decide the same. */
function flagOf(argument: string): string {
  return choosesConfig(argument) ? "--config" : argument.replace(/=.*/s, "");
}

function choosesConfig(argument: string): boolean {
  return /^(--config|--no-config|-c)(=|$)/.test(argument);
}

/** The arguments of this process that decide how modules are found, where the system tells them. */
function findOwnArguments(): string[] {
  const words = readCommandLine();
  const end = words.length - (globalThis.Deno?.args.length ?? 0);
  return findModuleArguments(words.slice(0, Math.max(0, end)));
}

function readCommandLine(): string[] {
  try {
    return readFileSync("/proc/self/cmdline", "utf8").split("\0").slice(0, -1);
  } catch {
    // No such file system.
  }
  if (process.platform !== "darwin") return [];
  try {
    const options = ["-ww", "-o", "args=", "-p", `${process.pid}`];
    return execFileSync("ps", options, { encoding: "utf8" }).trim().split(" ");
  } catch {
    // Not allowed to ask.
    return [];
  }
}

/** The words of a command line that another deno needs to find modules as this one does; relative paths are made absolute. */
export function findModuleArguments(words: readonly string[]): string[] {
  const found: string[] = [];
  for (let i = 0; i < words.length; i++) {
    if (PLAIN_FLAG.test(words[i] ?? "")) found.push(words[i] ?? "");
    const [, flag, inline] = words[i]?.match(MODULE_FLAG) ?? [];
    const value = inline ?? words[i + 1];
    if (flag === undefined || value === undefined) continue;
    const isUrl = /^[a-z][a-z0-9+.-]+:/i.test(value);
    found.push(flag, isUrl ? value : resolve(value));
  }
  return found;
}

/** The nearest file that deno has found for this process, by its rule: up from the main module, or from the working directory for a remote one. */
function findUpwards(names: readonly string[]): string | undefined {
  const main = globalThis.Deno?.mainModule;
  if (main === undefined) return undefined;
  let directory = main.startsWith("file:")
    ? dirname(fileURLToPath(main))
    : process.cwd();
  for (;;) {
    for (const name of names) {
      const path = join(directory, name);
      if (existsSync(path)) return path;
    }
    const parent = dirname(directory);
    if (parent === directory) return undefined;
    directory = parent;
  }
}
