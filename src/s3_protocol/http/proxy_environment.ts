import { getVariable } from "../../platform/builtins.ts";

const NAMES = [
  ...["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"],
  ...["http_proxy", "https_proxy", "no_proxy"],
];

/** The part of Deno that says what may be read; other runtimes ask nobody. */
interface Permissions {
  querySync(descriptor: { name: "env"; variable: string }): { state: string };
}

/**
 * The variables that name a proxy, as `fetch` obeys them by itself: those that
 * may be read without asking anybody.
 *
 * @returns `undefined` if there are none.
 */
export function readProxyEnvironment(): Record<string, string> | undefined {
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
