import { StoreFailure } from "../driver.ts";
import { failureOf } from "../failure.ts";
import { openRequest } from "../platform/open_request.ts";
import { proxyOptions, withoutProxySecrets } from "../platform/proxy.ts";
import { findRefusedHandshake } from "../platform/refused_handshake.ts";
import { IdleTimeout } from "./idle_timeout.ts";

/** Options of {@linkcode explainFetchError}. */
export interface FetchErrorOptions {
  /** The signal that the request had: what it was aborted with stays as it is. */
  readonly signal?: AbortSignal | undefined;
  /** Certificates of authorities in PEM that are trusted besides, as the request did. @default {[]} */
  readonly caCerts?: readonly string[];
  /** Milliseconds that another look at the server takes at most without a byte. @default {10000} */
  readonly timeout?: number;
}

/**
 * Explains what `fetch` has thrown: a {@linkcode StoreFailure} with the value
 * as its cause, or the value itself where it is none of the service's failures.
 *
 * It looks at codes, names and causes, never at texts. Deno's `fetch` gives no
 * code for a certificate that it does not accept: there it shakes hands with
 * the server once more, or, where the environment names a proxy, sends it a HEAD
 * without any header of the caller's. A failure that no second attempt mends (a
 * certificate, a server that does not speak TLS or HTTP, a proxy that refuses) is
 * `OTHER`, a lost or refused connection `TRANSIENT`. What `fetch` refuses by itself, such as a port that
 * it blocks, cannot be told from a refused connection everywhere.
 *
 * @param error What was thrown.
 * @param url Where the request went.
 * @param options The request's signal and certificates.
 * @returns What to throw in its place.
 *
 * @example
 * ```ts
 * import { explainFetchError } from "@storekit/object-store/driver";
 *
 * export async function ask(url: string, signal: AbortSignal): Promise<Response> {
 *   try {
 *     return await fetch(url, { signal });
 *   } catch (error) {
 *     throw await explainFetchError(error, url, { signal });
 *   }
 * }
 * ```
 */
export async function explainFetchError(
  error: unknown,
  url: string | URL,
  options: FetchErrorOptions = {},
): Promise<unknown> {
  const { signal } = options;
  if (signal?.aborted) return signal.reason;
  if (error instanceof StoreFailure) return error;
  const known = failureOf(error);
  if (known) {
    return new StoreFailure(known.code, known.reason, { cause: error });
  }
  // A mistake in the call is a TypeError as well, and has to be seen as one.
  if (!(error instanceof TypeError) || !isUrl(url)) return error;
  const proxied = proxyOptions();
  if (proxied) {
    const reason = await findProxiedError(new URL(url), options, proxied);
    const found = reason === undefined ? undefined : failureOf(reason);
    if (found && found.code !== "TRANSIENT") {
      return new StoreFailure(found.code, found.reason, { cause: error });
    }
  } else if (await isRefusedCertificate(new URL(url), options)) {
    return new StoreFailure(
      "OTHER",
      "the server's certificate is not trusted, or it does not speak TLS",
      { cause: error },
    );
  }
  if (signal?.aborted) return signal.reason;
  return new StoreFailure("TRANSIENT", "the connection failed", {
    cause: error,
  });
}

function isUrl(url: string | URL): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}

async function isRefusedCertificate(
  url: URL,
  { signal, caCerts = [], timeout = 10_000 }: FetchErrorOptions,
): Promise<boolean> {
  const idle = new IdleTimeout(timeout, signal ? { signal } : {});
  try {
    const options = { caCerts, signal: idle.signal };
    return await findRefusedHandshake(url, options) !== undefined;
  } finally {
    idle.end();
  }
}

/** The error of Node for a request through the proxy of the environment, which it tells by a code. */
async function findProxiedError(
  url: URL,
  { signal, caCerts = [], timeout = 10_000 }: FetchErrorOptions,
  proxied: { proxyEnv: Record<string, string> },
): Promise<unknown> {
  // Of `http:` a proxy's refusal is an answer, and no error.
  if (url.protocol !== "https:") return undefined;
  const idle = new IdleTimeout(timeout, signal ? { signal } : {});
  const { default: https } = await import("node:https");
  const trusted = caCerts.length > 0 ? { ca: [...caCerts] } : {};
  try {
    const agent = new https.Agent({ ...trusted, ...proxied });
    const request = openRequest(() =>
      https.request(url, { method: "HEAD", agent })
    );
    return await new Promise((resolve) => {
      request.on("error", (error) => resolve(withoutProxySecrets(error)));
      request.on("response", () => resolve(undefined));
      idle.signal.addEventListener("abort", () => resolve(undefined));
      request.end();
    }).finally(() => {
      request.destroy();
      agent.destroy();
    });
  } catch (error) {
    return withoutProxySecrets(error);
  } finally {
    idle.end();
  }
}
