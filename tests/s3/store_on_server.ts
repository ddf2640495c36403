import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { S3ObjectStore, type S3ObjectStoreOptions } from "../../src/s3/mod.ts";
import { S3Server } from "../s3_protocol/s3_server.ts";

/** The smallest part that S3 takes. */
export const PART_SIZE = 5 * 2 ** 20;

/** Keys that must not show anywhere. */
export const KEYS = {
  accessKeyId: "AKIDNOTTOBESHOWN",
  secretAccessKey: "secret-not-to-be-shown",
  sessionToken: "token-not-to-be-shown",
};

/** A server, a store on it and a directory, all gone with it. */
export interface StoreOnServer extends AsyncDisposable {
  readonly server: S3Server;
  readonly store: S3ObjectStore;
  /** A path in the directory. */
  path(name: string): string;
  /** Writes a file of bytes that differ from place to place. */
  file(name: string, size: number): Promise<Uint8Array>;
}

/**
 * Opens a store on a server of its own.
 *
 * @param options What differs from the usual.
 */
export async function openOnServer(
  options: Partial<S3ObjectStoreOptions> = {},
  host?: string,
): Promise<StoreOnServer> {
  const server = await S3Server.start(host);
  const directory = await mkdtemp(join(tmpdir(), "s3_test_"));
  const store = new S3ObjectStore({
    bucket: "bucket",
    endpoint: server.url,
    credentials: KEYS,
    partSize: PART_SIZE,
    ...options,
  });
  const path = (name: string) => join(directory, name);
  return {
    server,
    store,
    path,
    async file(name, size) {
      const bytes = bytesOf(size);
      await Deno.writeFile(path(name), bytes);
      return bytes;
    },
    async [Symbol.asyncDispose]() {
      await store.close();
      await server[Symbol.asyncDispose]();
      await rm(directory, { recursive: true });
    },
  };
}

/** Bytes that differ from place to place. */
export function bytesOf(size: number): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(size / 4));
  for (let index = 0; index < words.length; index++) {
    words[index] = Math.imul(index + 1, 0x9E3779B1);
  }
  return new Uint8Array(words.buffer, 0, size);
}
