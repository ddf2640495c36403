/** The sums that a signature is made of. */
export interface Digests {
  /** SHA-256. */
  sha256(text: string): Promise<Uint8Array> | Uint8Array;
  /** HMAC with SHA-256. */
  hmac(key: Uint8Array, text: string): Promise<Uint8Array> | Uint8Array;
}

/** The number of signatures that take as long with Web Crypto as loading `node:crypto` does. */
const WEB_SIGNATURES = 64;

let web: Digests | undefined;
let node: Promise<Digests> | undefined;
let signatures = 0;

/**
 * Chooses what computes the sums of the next signature. In Deno `node:crypto` takes
 * long to load and is quick then, Web Crypto is there at once and takes several times as long for a
 * signature (`bench --only=cold`): the first signatures of a process are made by Web Crypto.
 */
export async function getDigests(): Promise<Digests> {
  if (!node && "Deno" in globalThis && signatures++ < WEB_SIGNATURES) {
    return web ??= makeWebDigests();
  }
  return await (node ??= makeNodeDigests());
}

/** Makes the sums by Web Crypto. */
export function makeWebDigests(): Digests {
  const encoder = new TextEncoder();
  const keys = new WeakMap<Uint8Array, CryptoKey>();
  return {
    sha256: async (text) =>
      new Uint8Array(
        await crypto.subtle.digest("SHA-256", encoder.encode(text)),
      ),
    hmac: async (bytes, text) => {
      const key = keys.get(bytes) ??
        await crypto.subtle.importKey(
          "raw",
          new Uint8Array(bytes),
          HMAC,
          false,
          ["sign"],
        );
      keys.set(bytes, key);
      const sum = await crypto.subtle.sign("HMAC", key, encoder.encode(text));
      return new Uint8Array(sum);
    },
  };
}

const HMAC = { name: "HMAC", hash: "SHA-256" };

/** Makes the sums by `node:crypto`. */
export async function makeNodeDigests(): Promise<Digests> {
  const { createHash, createHmac } = await import("node:crypto");
  return {
    sha256: (text) => createHash("sha256").update(text).digest(),
    hmac: (key, text) => createHmac("sha256", key).update(text).digest(),
  };
}

/** Writes bytes as lower-case hexadecimal digits. */
export function toHex(bytes: Uint8Array): string {
  let hex = "";
  for (const byte of bytes) hex += (byte < 16 ? "0" : "") + byte.toString(16);
  return hex;
}
