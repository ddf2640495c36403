import { getVariable } from "../../platform/builtins.ts";

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

/**
 * Tells whether an error of Node's is a proxy's refusal.
 *
 * @param error Anything that was thrown.
 */
export function isProxyError(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === CODE;
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
    if (value) found[variable] = value;
  }
  return Object.keys(found).length > 0 ? found : undefined;
}
