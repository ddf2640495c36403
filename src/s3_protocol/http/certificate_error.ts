import { findRefusedHandshake } from "../../platform/refused_handshake.ts";
import type { HttpExchangeOptions } from "./http_exchange.ts";
import { Silence } from "./silence.ts";

/** A server's certificate, or what it says in place of TLS, that the runtime does not accept. */
export class CertificateError extends Error {
  /** The name of its class. */
  override readonly name = "CertificateError";
  /** A code that begins as those of certificates do. */
  readonly code = "CERT_NOT_ACCEPTED";

  /** @param options What the runtime said. */
  constructor(options: ErrorOptions) {
    super("the runtime does not accept the server's certificate", options);
  }
}

/**
 * Finds out whether `fetch` refuses to speak to a server because of its
 * certificate. `node:tls` accepts some that it does not, such as one that is
 * its own authority, and they are to be refused whichever way a request takes.
 *
 * @param origin Protocol, host and port.
 * @param options Whom to trust, and what ends the attempt.
 * @returns The error, or `undefined` if that is not the reason, or in other runtimes than Deno.
 */
export async function findCertificateError(
  origin: string,
  options: HttpExchangeOptions & { readonly signal: AbortSignal },
): Promise<CertificateError | undefined> {
  const silence = new Silence(options.signal, options.timeout);
  const { caCerts } = options;
  const { signal } = silence;
  try {
    const refused = await findRefusedHandshake(new URL(origin), {
      caCerts,
      signal,
    });
    return refused && new CertificateError({ cause: refused });
  } finally {
    silence.end();
  }
}

/**
 * Finds out whether `fetch` gets an answer of a server behind a proxy, where
 * nobody but a client of HTTP finds the way. The request changes nothing.
 *
 * @param origin Protocol, host and port.
 * @param options Whom to trust, and what ends the attempt.
 * @returns Why there was none; `undefined` if one came, or in other runtimes than Deno.
 */
export async function findFetchError(
  origin: string,
  { caCerts, signal }: HttpExchangeOptions & { readonly signal: AbortSignal },
): Promise<TypeError | undefined> {
  if (!origin.startsWith("https:") || !("Deno" in globalThis)) return undefined;
  const client = Deno.createHttpClient({ caCerts: [...caCerts], http2: false });
  try {
    const response = await fetch(origin, {
      method: "HEAD",
      redirect: "manual",
      client,
      signal,
    });
    await response.body?.cancel();
    return undefined;
  } catch (error) {
    if (error instanceof TypeError) return error;
    throw error;
  } finally {
    client.close();
  }
}
