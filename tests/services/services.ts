import { FAKE_GCS, MINIO, VERSITYGW } from "../../tools/servers/install.ts";
import type { ServerName } from "../../tools/servers/server.ts";
import type { ServiceName } from "../../tools/services/service.ts";
import {
  versionOfImport,
  versionOfPackage,
  versionOfProgram,
  versionOfServer,
} from "./versions.ts";

/** Imports s3rver. */
const S3RVER = new URL("../../tools/servers/s3rver_main.ts", import.meta.url);

/** Each service as a reader knows it, and its version. The page shows them in this order. */
export const SERVICES: Readonly<
  Record<
    ServerName | ServiceName,
    { readonly name: string; version(): Promise<string> }
  >
> = {
  "fs": {
    name: "file system",
    version: () => Promise.resolve(`${Deno.build.os} ${Deno.osRelease()}`),
  },
  "minio": {
    name: "MinIO",
    version: async () => `MinIO ${await versionOfServer(MINIO)}`,
  },
  "minio-https": {
    name: "MinIO over HTTPS",
    version: async () => `MinIO ${await versionOfServer(MINIO)}`,
  },
  "versitygw": {
    name: "VersityGW",
    version: async () => `VersityGW ${await versionOfServer(VERSITYGW)}`,
  },
  "s3rver": {
    name: "s3rver",
    version: async () =>
      `s3rver ${await versionOfImport(S3RVER, "s3rver")}, repaired`,
  },
  "azurite": {
    name: "Azurite",
    version: async () => `Azurite ${await versionOfPackage("azurite")}`,
  },
  "fake-gcs-server": {
    name: "fake-gcs-server",
    version: async () => `fake-gcs-server ${await versionOfServer(FAKE_GCS)}`,
  },
  "redis": {
    name: "Redis",
    version: async () =>
      `Redis ${await versionOfProgram("redis-server", "--version")}`,
  },
  "sqlite": {
    name: "SQLite",
    version: () => Promise.resolve("SQLite, in OpenDAL"),
  },
  "webdav": {
    name: "WebDAV",
    version: async () => `nginx ${await versionOfProgram("nginx", "-v")}`,
  },
};
