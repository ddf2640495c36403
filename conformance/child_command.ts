import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

/**
 * The environment variable with further arguments for the `deno run` of child
 * processes: a JSON array of strings, such as
 * `["--import-map=file:///home/me/import_map.json"]`. Needed only when this
 * process was started with arguments that decide how modules are found.
 */
export const DENO_ARGS = "STOREKIT_DENO_ARGS";

// Found at once: a store may change the directory.
const config = findConfig();

/** The command that starts `child_main.ts`, after a wrapper. */
export function buildChildCommand(
  wrapper: readonly string[],
): { command: string; args: string[] } {
  const extra = readExtraArguments();
  if (config !== undefined && !extra.some(choosesConfig)) {
    extra.push("--config", config);
  }
  const [command = "", ...args] = [
    ...wrapper,
    Deno.execPath(),
    "run",
    "-A",
    "--quiet",
    ...extra,
    import.meta.resolve("./child_main.ts"),
  ];
  return { command, args };
}

function readExtraArguments(): string[] {
  const text = Deno.env.get(DENO_ARGS) || "[]";
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

function choosesConfig(argument: string): boolean {
  return /^(--config|--no-config|-c$)/.test(argument);
}

/** The configuration that deno has found for this process, by its rule: up from the main module, or from the working directory for a remote one. */
function findConfig(): string | undefined {
  const main = globalThis.Deno?.mainModule;
  if (main === undefined) return undefined;
  let directory = main.startsWith("file:")
    ? dirname(fileURLToPath(main))
    : process.cwd();
  for (;;) {
    for (const name of ["deno.json", "deno.jsonc"]) {
      const path = join(directory, name);
      if (existsSync(path)) return path;
    }
    const parent = dirname(directory);
    if (parent === directory) return undefined;
    directory = parent;
  }
}
