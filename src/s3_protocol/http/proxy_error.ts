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
