import type { ListableObjectStore } from "../../mod.ts";
import { MinioObjectStore } from "../../src/minio/mod.ts";
import { S3ObjectStore } from "../../src/s3/mod.ts";
import type { S3CommonOptions } from "../../src/s3_protocol/common_options.ts";
import type { ServerAddress } from "../../tools/servers/server.ts";

/** The stores that speak the protocol of S3. */
export const STORES = ["S3ObjectStore", "MinioObjectStore"] as const;
/** One of them. */
export type StoreName = typeof STORES[number];

/** The smallest part that S3 takes. */
export const PART_SIZE = 5 * 2 ** 20;

/**
 * Opens a store on a server, with small parts.
 *
 * @param options What differs from the usual.
 */
export function openStore(
  name: StoreName,
  address: ServerAddress,
  options: Partial<S3CommonOptions> = {},
): ListableObjectStore {
  const all = {
    endpoint: address.url,
    bucket: address.bucket,
    region: address.region,
    credentials: address.credentials,
    partSize: PART_SIZE,
    ...address.ca === undefined ? {} : { caCerts: [address.ca] },
    ...options,
  };
  return name === "S3ObjectStore"
    ? new S3ObjectStore(all)
    : new MinioObjectStore(all);
}

/** Bytes that differ from place to place, an odd number of them and several parts. */
export function makeBytes(size = 4 * PART_SIZE + 4321): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  }
  return bytes;
}
