import type { Agent, ClientRequest } from "node:http";
import type { ConnectionOptions } from "node:tls";
import { proxyOptions } from "../../platform/proxy.ts";

/** Requests that went out on a connection that an earlier one had used. */
export const reused = new WeakSet<ClientRequest>();

/**
 * Deno sends a request again by itself that ends on a connection which was
 * used before, also one that was aborted, and of its body only what was
 * written first. It knows such requests by a mark that this takes off.
 */
export function keepReused(agent: Agent): Agent {
  const reuseSocket = agent.reuseSocket;
  agent.reuseSocket = (socket, request) => {
    reuseSocket.call(agent, socket, request);
    request.reusedSocket = false;
    reused.add(request);
  };
  return agent;
}

/** Connects with `node:tls`: what `node:https` does instead needs a permission in Deno, and does not know `DENO_CERT`. */
export function makeTlsAgent(
  https: typeof import("node:https"),
  tls: typeof import("node:tls"),
  caCerts: readonly string[],
): Agent {
  const trusted = caCerts.length > 0 ? { ca: [...caCerts] } : {};
  const proxied = proxyOptions();
  if (proxied) {
    return new https.Agent({ keepAlive: true, ...trusted, ...proxied });
  }
  const agent: Agent & { createConnection?: unknown } = new https.Agent({
    keepAlive: true,
  });
  agent.createConnection = (options: ConnectionOptions) =>
    tls.connect({ ...options, ...trusted });
  return agent;
}
