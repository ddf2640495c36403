import { getVariable } from "./builtins.ts";

/** Variables that name a proxy. */
const NAMES = [
  ...["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"],
  ...["http_proxy", "https_proxy", "no_proxy"],
];

/** The code by which Node says that a proxy does not connect to the service. */
const CODE = "ERR_PROXY_TUNNEL";

/** A proxy that refuses to connect to the service. It has no cause: that names the proxy with its password. */
export class ProxyError extends Error {
  /** The name of its class. */
  override readonly name = "ProxyError";
  /** The code that Node gives it. */
  readonly code = CODE;

  /** Makes the error. */
  constructor() {
    super("the proxy refuses to connect to the service");
  }
}

/** The code by which Node says that the environment names no proxy that it can use. */
const UNUSABLE = "ERR_PROXY_INVALID_CONFIG";

/** A proxy of the environment that Node cannot use. It has no cause: that shows the value, which may have a password in it. */
export class ProxyValueError extends Error {
  /** The name of its class. */
  override readonly name = "ProxyValueError";
  /** The code that Node gives most of them. */
  readonly code = UNUSABLE;

  /** Makes the error. */
  constructor() {
    super("the environment names a proxy that cannot be used");
  }
}

/**
 * Replaces an error of Node's about a proxy by one of these classes; others are given back.
 *
 * @param error Anything that was thrown while a request was made or sent.
 */
export function withoutProxySecrets(error: unknown): unknown {
  const { code } = Object(error) as { code?: unknown };
  if (code === CODE) return new ProxyError();
  if (code === UNUSABLE) return new ProxyValueError();
  // Not all are recognised by Node: a password that is not well encoded, `https:` and an address.
  const isUsed = code === "ERR_INVALID_ARG_VALUE" || error instanceof URIError;
  return isUsed && proxyOptions() ? new ProxyValueError() : error;
}

/** Makes the options by which Node's agents find the way through a proxy; `undefined` if there is none. */
export function proxyOptions():
  | { proxyEnv: Record<string, string> }
  | undefined {
  const proxyEnv = readProxyEnvironment();
  return proxyEnv && { proxyEnv };
}

/** The part of Deno that says what may be read; other runtimes ask nobody. */
interface Permissions {
  querySync(descriptor: { name: "env"; variable: string }): { state: string };
}

/**
 * Reads the variables that name a proxy, as `fetch` obeys them by itself: those that
 * may be read without asking anybody.
 *
 * @returns `undefined` if there are none.
 */
function readProxyEnvironment(): Record<string, string> | undefined {
  const permissions = (globalThis as { Deno?: { permissions: Permissions } })
    .Deno?.permissions;
  const found: Record<string, string> = {};
  for (const variable of NAMES) {
    const state = permissions?.querySync({ name: "env", variable }).state;
    if (state !== undefined && state !== "granted") continue;
    const value = getVariable(variable);
    if (value) found[variable] = isProxy(variable) ? addScheme(value) : value;
  }
  return Object.keys(found).length > 0 ? found : undefined;
}

function isProxy(variable: string): boolean {
  return !variable.toUpperCase().startsWith("NO_");
}

/** `fetch` and curl take `host:port`, too; Node does not. */
function addScheme(proxy: string): string {
  return proxy.includes("://") ? proxy : `http://${proxy}`;
}
