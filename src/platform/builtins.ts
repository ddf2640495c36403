/** Node's modules that are used here. */
interface Builtins {
  readonly buffer: typeof import("node:buffer");
  readonly diagnostics_channel: typeof import("node:diagnostics_channel");
  readonly fs: typeof import("node:fs");
  readonly "fs/promises": typeof import("node:fs/promises");
  readonly path: typeof import("node:path");
  readonly url: typeof import("node:url");
}

/** The part of `process` that is used here. */
interface Process {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  cwd(): string;
  getBuiltinModule(name: string): object;
}

/**
 * `node:buffer`, loaded when it is first used, as are the others below: each
 * takes longer to load than everything that `mod.ts` imports (`bench
 * --only=cold,imports`).
 */
export const nodeBuffer: Builtins["buffer"] = load("buffer");
/** `node:diagnostics_channel`, loaded when it is first used. */
export const nodeDiagnostics: Builtins["diagnostics_channel"] = load(
  "diagnostics_channel",
);
/** `node:fs`, loaded when it is first used. */
export const nodeFs: Builtins["fs"] = load("fs");
/** `node:fs/promises`, loaded when it is first used. */
export const nodePromises: Builtins["fs/promises"] = load("fs/promises");
/** `node:path`, loaded when it is first used. */
export const nodePath: Builtins["path"] = load("path");
/** `node:url`, loaded when it is first used. */
export const nodeUrl: Builtins["url"] = load("url");

/** The process, which Deno and Bun have as well. */
export function getProcess(): Process {
  return (globalThis as unknown as { process: Process }).process;
}

/** Reads the value of an environment variable, if it has one. */
export function getVariable(name: string): string | undefined {
  return globalThis.Deno ? Deno.env.get(name) : getProcess().env[name];
}

function load<Name extends keyof Builtins>(name: Name): Builtins[Name] {
  let module: object | undefined;
  return new Proxy({}, {
    get(_target, key) {
      module ??= getProcess().getBuiltinModule(`node:${name}`);
      return Reflect.get(module, key);
    },
  }) as Builtins[Name];
}
