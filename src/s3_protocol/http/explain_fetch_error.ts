import { ConnectionError } from "./answer_error.ts";
import { findCertificateError } from "./certificate_error.ts";
import { proxyOptions } from "../../platform/proxy.ts";
import { NodeExchange } from "./node_exchange.ts";

/** A request that `fetch` brought no answer to. */
export interface FailedFetch {
  /** Protocol, host and port. */
  readonly origin: string;
  /** Milliseconds without a byte that end the attempt to find out. */
  readonly timeout: number;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/**
 * Finds out why somebody else's `fetch` brought no answer. It tells that only
 * by a text, which is not searched: the server is asked in another way, which
 * tells by codes why nobody can be reached or understood.
 *
 * @param error What `fetch` has thrown.
 * @param request What was asked.
 * @returns The error to be thrown in its place.
 */
export async function explainFetchError(
  error: TypeError,
  { origin, timeout, signal }: FailedFetch,
): Promise<unknown> {
  const options = { timeout, caCerts: [] };
  // It does not go through a proxy.
  const certificateError = proxyOptions()
    ? undefined
    : await findCertificateError(origin, { ...options, signal });
  if (certificateError) return certificateError;
  const exchange = new NodeExchange(options);
  try {
    const response = await exchange.send({
      origin,
      target: "/",
      method: "HEAD",
      headers: { host: origin.slice(origin.indexOf("//") + 2) },
      isOnce: true,
      signal,
    });
    await response.cancel();
  } catch (reason) {
    if (signal.aborted) return signal.reason;
    return reason;
  } finally {
    await exchange.close();
  }
  return new ConnectionError("no answer came", { cause: error });
}
