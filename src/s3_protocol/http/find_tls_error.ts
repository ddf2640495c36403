import { isTlsCode } from "../../failure.ts";
import { Silence } from "./silence.ts";
import type { HttpExchangeOptions } from "./http_exchange.ts";

/**
 * Finds out whether a server's certificate is the reason why it cannot be
 * reached, with an error that has a code.
 *
 * @param origin Protocol, host and port.
 * @param options Whom to trust, and what ends the attempt.
 * @returns The error, or `undefined` if that is not the reason.
 */
export async function findTlsError(
  origin: string,
  options: HttpExchangeOptions & { readonly signal: AbortSignal },
): Promise<Error | undefined> {
  const { protocol, hostname, port } = new URL(origin);
  if (protocol !== "https:") return undefined;
  const tls = await import("node:tls");
  const host = hostname.replace(/^\[|\]$/g, "");
  const silence = new Silence(options.signal, options.timeout);
  const socket = tls.connect({
    host,
    port: Number(port || 443),
    servername: /^[\d.]+$|:/.test(host) ? "" : host,
    ...(options.caCerts.length > 0 ? { ca: [...options.caCerts] } : {}),
  });
  try {
    return await new Promise<Error | undefined>((resolve) => {
      socket.once("secureConnect", () => resolve(undefined));
      socket.once("close", () => resolve(undefined));
      socket.once(
        "error",
        (error: Error & { code?: string }) =>
          resolve(isTlsCode(error.code) ? error : undefined),
      );
      silence.signal.addEventListener("abort", () => resolve(undefined));
      if (silence.signal.aborted) resolve(undefined);
    });
  } finally {
    silence.end();
    socket.on("error", () => {});
    socket.destroy();
  }
}
