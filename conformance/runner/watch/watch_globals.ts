import { readFileSync } from "node:fs";
import process from "node:process";
import { ownListeners } from "./watch_rejections.ts";

const GLOBALS = [
  "AbortController",
  "AbortSignal",
  "Array",
  "Date",
  "Deno",
  "Error",
  "Headers",
  "JSON",
  "Math",
  "Object",
  "Promise",
  "Request",
  "Response",
  "URL",
  "clearInterval",
  "clearTimeout",
  "console",
  "crypto",
  "fetch",
  "process",
  "queueMicrotask",
  "setInterval",
  "setTimeout",
];
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  Date: ["now"],
  JSON: ["parse", "stringify"],
  Math: ["random"],
  console: ["debug", "error", "info", "log", "warn"],
};

/** Whose members everybody uses, so that one more is seen by others. */
const PROTOTYPES = [
  "Array",
  "ArrayBuffer",
  "Date",
  "Error",
  "Function",
  "Map",
  "Object",
  "Promise",
  "RegExp",
  "Set",
  "String",
  "Uint8Array",
];

/** The state that the whole process shares, as it was at one moment. */
export type GlobalsSnapshot = ReadonlyMap<string, unknown>;

/** Takes a {@linkcode GlobalsSnapshot}: working directory, environment, umask, globals, their prototypes, listeners of the process. */
export function snapshotGlobals(): GlobalsSnapshot {
  const shared = new Map<string, unknown>();
  shared.set("the working directory", attempt(() => process.cwd()));
  shared.set("the umask", readUmask());
  const env = attempt(() => Object.entries(process.env)) ?? [];
  for (const [name, value] of env) {
    shared.set(`the environment variable ${name}`, value);
  }
  const scope = globalThis as unknown as Record<string, unknown>;
  for (const name of GLOBALS) {
    shared.set(`the global ${name}`, scope[name]);
    for (const member of MEMBERS[name] ?? []) {
      const holder = scope[name] as Record<string, unknown>;
      shared.set(`${name}.${member}`, holder[member]);
    }
  }
  for (const name of PROTOTYPES) {
    const { prototype } = scope[name] as { prototype: object };
    for (const key of Reflect.ownKeys(prototype)) {
      const { value, get } = Object.getOwnPropertyDescriptor(prototype, key)!;
      shared.set(`${name}.prototype.${String(key)}`, value ?? get);
    }
  }
  for (const event of process.eventNames()) {
    const others = process.listeners(event as "exit")
      .filter((listener) => !ownListeners.has(listener));
    if (others.length === 0) continue;
    const what = `the listeners of the process for ${String(event)}`;
    shared.set(what, others.length);
  }
  return shared;
}

/** Lists the differences between a {@linkcode GlobalsSnapshot} and now, a line each. */
export function findChangedGlobals(before: GlobalsSnapshot): string[] {
  const after = snapshotGlobals();
  const changed: string[] = [];
  for (const what of new Set([...before.keys(), ...after.keys()])) {
    const [was, is] = [before.get(what), after.get(what)];
    if (!Object.is(was, is)) {
      changed.push(`${what} was ${show(was)} and is ${show(is)}`);
    }
  }
  return changed;
}

function readUmask(): unknown {
  // process.umask() sets it to zero for an instant, in which a file that
  // another thread makes would get a wrong mode.
  const status = attempt(() => readFileSync("/proc/self/status", "utf8"));
  const [, umask] = status?.match(/^Umask:\s*(\d+)/m) ?? [];
  return umask ?? attempt(() => process.umask().toString(8));
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    // Without the permission, or the directory, there is nothing to compare.
    return undefined;
  }
}

function show(value: unknown): string {
  if (value === undefined) return "not there";
  if (typeof value === "string") return JSON.stringify(value);
  return typeof value === "number" ? `${value}` : `another ${typeof value}`;
}
