import http from "node:http";
import https from "node:https";
import { S3Client } from "@aws-sdk/client-s3";
import { FetchHttpHandler } from "@smithy/fetch-http-handler";
import { Client } from "minio";
import { MinioObjectStore } from "../../src/minio/mod.ts";
import { S3ObjectStore } from "../../src/s3/mod.ts";
import { KEYS, PART_SIZE } from "./store_on_server.ts";

/** A store of either kind. */
export type AnyStore = S3ObjectStore | MinioObjectStore;

/** How a store is opened in each way. */
export interface WaysOptions {
  /** Milliseconds of silence that end a request. */
  readonly timeout?: number;
  /** How often a request is sent. @default {1} */
  readonly attempts?: number;
  /** The bucket. @default {"bucket"} */
  readonly bucket?: string;
}

/** One store for each way in which a request can go out, all on one service. */
export interface Ways extends AsyncDisposable {
  /** The stores, by the names of the ways. */
  readonly stores: Readonly<Record<string, AnyStore>>;
}

/**
 * Opens a store in every way: signed here and sent through `fetch` and
 * `node:http`, and through clients of the SDK (with each of its handlers) and
 * of MinIO.
 *
 * @param endpoint The service's URL.
 * @param options What differs from the usual.
 */
export function openWays(
  endpoint: string,
  { timeout = 30_000, attempts = 1, bucket = "bucket" }: WaysOptions = {},
): Ways {
  const common = { bucket, partSize: PART_SIZE, timeout };
  const own = { ...common, endpoint, credentials: KEYS, attempts };
  const settings = {
    endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: KEYS,
    maxAttempts: attempts,
  };
  const clients = [
    new S3Client(settings),
    new S3Client({ ...settings, requestHandler: new FetchHttpHandler() }),
  ] as const;
  const { protocol, hostname, port } = new URL(endpoint);
  const useSSL = protocol === "https:";
  const agent = new (useSSL ? https : http).Agent({ keepAlive: true });
  const minio = new Client({
    endPoint: hostname,
    port: Number(port),
    useSSL,
    accessKey: KEYS.accessKeyId,
    secretKey: KEYS.secretAccessKey,
    sessionToken: KEYS.sessionToken,
    transportAgent: agent,
    region: "us-east-1",
  });
  const stores: Record<string, AnyStore> = {
    "direct": new S3ObjectStore(own),
    "SDK's client": new S3ObjectStore({ ...common, client: clients[0] }),
    "SDK's client on fetch": new S3ObjectStore({
      ...common,
      client: clients[1],
    }),
    "MinIO": new MinioObjectStore(own),
    "MinIO's client": new MinioObjectStore({
      ...common,
      client: minio,
      attempts,
    }),
  };
  return {
    stores,
    async [Symbol.asyncDispose]() {
      for (const store of Object.values(stores)) await store.close();
      for (const client of clients) client.destroy();
      agent.destroy();
    },
  };
}
