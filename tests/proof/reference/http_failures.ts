import http from "node:http";
import { type Failure, StoreFailure } from "../../../src/driver.ts";

const TRANSIENT: readonly number[] = [408, 425, 429];
const PERMANENT: readonly number[] = [501, 505];

/** The service's codes that are worth trying again, whatever the status. */
export const TRANSIENT_CODES: readonly string[] = [
  "BadDigest",
  "InternalError",
  "RequestTimeout",
  "SlowDown",
];

/** What a status means that is no success; the code tells a missing bucket from a missing object. */
export function classifyAnswer(status: number, code: string | null): Failure {
  const what = `status ${status}${code === null ? "" : ` ${code}`}`;
  if (code !== null && TRANSIENT_CODES.includes(code)) {
    return { code: "TRANSIENT", reason: what };
  }
  switch (status) {
    case 401:
    case 403:
      return { code: "PERMISSION_DENIED", reason: `permission denied` };
    case 404:
      return code === "NoSuchBucket"
        ? { code: "BUCKET_NOT_FOUND", reason: "bucket not found" }
        : code === "NoSuchUpload"
        ? { code: "OTHER", reason: "the upload is gone" }
        : { code: "OBJECT_NOT_FOUND", reason: "object not found" };
  }
  const isTransient = TRANSIENT.includes(status) ||
    (status >= 500 && !PERMANENT.includes(status));
  return isTransient
    ? { code: "TRANSIENT", reason: what }
    : { code: "OTHER", reason: what };
}

/** Throws if the service shows a certificate that is not trusted: no second attempt mends that. */
export async function checkCertificate(
  url: string,
  caCerts: string[] = [],
): Promise<void> {
  const { hostname, port } = new URL(url);
  try {
    const options = { hostname, port: Number(port || 443), caCerts };
    using connection = await Deno.connectTls(options);
    await connection.handshake();
  } catch (cause) {
    // `fetch` tells it in the text of its error only.
    if (!(cause instanceof Deno.errors.InvalidData)) return;
    throw new StoreFailure("OTHER", "the certificate is refused", { cause });
  }
}

/** Throws if the proxy of the environment refuses to connect to the service: no second attempt mends that. */
export async function checkProxy(url: string): Promise<void> {
  const proxy = Deno.env.get("HTTPS_PROXY");
  if (!proxy) return;
  const { hostname, port } = new URL(url);
  const path = `${hostname}:${port || 443}`;
  const status = await new Promise<number | undefined>((resolve) => {
    const request = http.request(proxy, { method: "CONNECT", path });
    request.on("connect", ({ statusCode }, socket) => {
      socket.destroy();
      resolve(statusCode);
    });
    request.on("error", () => resolve(undefined)).end();
  });
  if (status === undefined || status === 200) return;
  throw new StoreFailure("OTHER", `the proxy refuses with status ${status}`, {
    cause: new ProxyRefusal(`status ${status} to CONNECT`),
  });
}

/** Says that a proxy has refused. */
export class ProxyRefusal extends Error {
  override readonly name = "ProxyRefusal";
}
