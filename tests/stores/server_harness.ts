import { dirname } from "@std/path";
import { env } from "node:process";
import {
  type Capability,
  defineHarness,
  type Harness,
  type HarnessContext,
  s3Dialect,
} from "../../conformance/mod.ts";
import type { ObjectStore } from "../../mod.ts";
import type { S3CommonOptions } from "../../src/s3_protocol/common_options.ts";
import { refusedKeyReason } from "../../src/s3_protocol/object_path.ts";
import { startS3rver } from "../../tools/servers/s3rver.ts";
import type { ServerAddress, ServerName } from "../../tools/servers/server.ts";
import { readDevices } from "./devices.ts";
import { makeOracle, removeAll } from "./server_oracle.ts";

/** The environment variable that passes a {@linkcode ServerAddress} as JSON. */
export const SERVER = "OBJECT_STORE_TEST_SERVER";
/** Short, as cases wait for it; long enough for a busy machine. */
const STALL_TIMEOUT = 5_000;
const PART_SIZE = 5 * 2 ** 20;

/** Which store a harness opens. */
export interface ServerHarnessOptions {
  /** Its class. */
  readonly name: string;
  /** The harness module. */
  readonly module: string;
  /** Whether it refuses a name that S3 stores keep. */
  refuses?(name: string): boolean;
  /** Opens it. */
  open(options: S3CommonOptions): ObjectStore;
}

/**
 * Makes the harness of a store on the server that the environment names, or on
 * an embedded one, which runs as long as this process.
 */
export async function makeServerHarness(
  { name, module, refuses, open }: ServerHarnessOptions,
): Promise<Harness> {
  const address = await findServer();
  function openAt(
    endpoint: string | undefined,
    ctx: HarnessContext,
    options: Partial<S3CommonOptions> = {},
  ): ObjectStore {
    return open({
      endpoint: endpoint ?? address.url,
      bucket: address.bucket,
      region: address.region,
      credentials: address.credentials,
      prefix: ctx.prefix,
      partSize: PART_SIZE,
      timeout: STALL_TIMEOUT,
      ...address.ca === undefined ? {} : { caCerts: [address.ca] },
      ...options,
    });
  }
  return defineHarness({
    name: `${name} on ${address.name}`,
    module,
    capabilities: capabilitiesOn(address.name),
    refusesNames: (objectName) =>
      refusedKeyReason(objectName) !== undefined ||
      (refuses?.(objectName) ?? false) || isRefusedBy(address.name, objectName),
    oracle: makeOracle(address),
    upstream: address.url,
    dialect: s3Dialect,
    ...address.certificate && address.ca
      ? { tls: { ...address.certificate, ca: address.ca } }
      : {},
    secrets: [
      address.credentials.secretAccessKey,
      address.forbidden.secretAccessKey,
      ...address.forbidden.sessionToken ? [address.forbidden.sessionToken] : [],
    ],
    limits: {
      partSize: PART_SIZE,
      stallTimeoutMs: STALL_TIMEOUT,
      maxRequestsPerOperation: 100,
      maxOperationMs: 60_000,
    },
    open: (ctx) => openAt(ctx.endpoint, ctx),
    openAt,
    openTrusting: (url, ctx, caCerts) => openAt(url, ctx, { caCerts }),
    openMissingBucket: (ctx) =>
      openAt(ctx.endpoint, ctx, { bucket: "missing-bucket" }),
    openForbidden: (ctx) =>
      openAt(ctx.endpoint, ctx, { credentials: address.forbidden }),
    ...readDevices(),
    cleanup: (prefix) => removeAll(address, prefix),
  });
}

async function findServer(): Promise<ServerAddress> {
  const given = env[SERVER];
  if (given) return JSON.parse(given);
  const server = await startS3rver();
  // It ends with this process.
  addEventListener("unload", () => {
    Deno.removeSync(dirname(server.dataDirectory), { recursive: true });
  });
  // Processes of single cases use the same one.
  env[SERVER] = JSON.stringify(server);
  return server;
}

function capabilitiesOn(name: ServerName): Capability[] {
  return [
    ...["reopen", "list", "process", "streaming", "large"] as const,
    ...["read", "write", "delete"] as const,
    ...["authz", "bucket"] as const,
    // Objects are files there, and prefixes directories.
    ...name === "versitygw" ? [] : ["flat"] as const,
    // This one stores no checksums.
    ...name === "s3rver" ? [] : ["checksum"] as const,
  ];
}

function isRefusedBy(name: ServerName, objectName: string): boolean {
  // s3rver adds 22 characters for its file of metadata.
  const longest = name === "s3rver" ? 255 - 22 : 255;
  const encoder = new TextEncoder();
  const isLong = objectName.split("/").some((segment) =>
    encoder.encode(segment).length > longest
  );
  return isLong || (name.startsWith("minio") && isPathOfMinio(objectName));
}

/** MinIO takes backslashes for slashes when it looks for `.` and `..`, and does not see space around them. */
function isPathOfMinio(objectName: string): boolean {
  return objectName.split(/[/\\]/).some((segment) => {
    const trimmed = segment.replace(/^[\0- ]+|[\0- ]+$/g, "");
    return trimmed === "." || trimmed === "..";
  });
}
