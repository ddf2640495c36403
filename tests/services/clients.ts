import {
  explainMissingServices,
  startService,
} from "../../tools/services/mod.ts";
import type { ServiceName } from "../../tools/services/service.ts";
import type { PlannedRun } from "./run.ts";
import { SERVICES } from "./services.ts";
import { versionOfImport } from "./versions.ts";

const EXAMPLES = new URL("../../examples/clients/", import.meta.url);

/** A client that people use, as it commonly is. */
interface Client {
  /** The module in `examples/clients/` whose default export is the harness. */
  readonly file: string;
  /** The package, and what of it is used. */
  readonly name: string;
  /** The package. */
  readonly package: string;
  /** What it speaks to. */
  readonly service: ServiceName;
  /** The environment variables by which the harness finds the service, from the options of OpenDAL. */
  env(options: Readonly<Record<string, string>>): Record<string, string>;
}

const CLIENTS: readonly Client[] = [
  {
    file: "lib_storage.ts",
    name: "@aws-sdk/lib-storage",
    package: "@aws-sdk/lib-storage",
    service: "minio",
    env: toBucket,
  },
  {
    file: "minio_js.ts",
    name: "minio-js fPutObject",
    package: "minio",
    service: "minio",
    env: toBucket,
  },
  {
    file: "azure_blob.ts",
    name: "@azure/storage-blob",
    package: "@azure/storage-blob",
    service: "azurite",
    env: (options) => ({
      AZURE_BLOB_ENDPOINT: options.endpoint ?? "",
      AZURE_STORAGE_ACCOUNT: options.account_name ?? "",
      AZURE_STORAGE_KEY: options.account_key ?? "",
      AZURE_STORAGE_CONTAINER: options.container ?? "",
    }),
  },
  {
    file: "google_storage.ts",
    name: "@google-cloud/storage",
    package: "@google-cloud/storage",
    service: "fake-gcs-server",
    env: (options) => ({
      GCS_ENDPOINT: options.endpoint ?? "",
      GCS_BUCKET: options.bucket ?? "",
    }),
  },
];

/** Plans the runs of the clients in `examples/clients/`. */
export async function planClients(): Promise<PlannedRun[]> {
  const explained = await explainMissingServices();
  return CLIENTS.map((client) => {
    const missing = explained.get(client.service);
    return {
      id: `${client.service}/${client.package}`,
      service: SERVICES[client.service].name,
      store: client.name,
      kind: "client",
      ...missing === undefined ? {} : { missing },
      async start() {
        const harness = new URL(client.file, EXAMPLES);
        const serviceVersion = await SERVICES[client.service].version();
        const version = await versionOfImport(harness, client.package);
        const service = await startService(client.service);
        return {
          harness,
          env: client.env(service.options),
          serviceVersion,
          // Some of what it does on the wire is the runtime's: see its module.
          clientVersion:
            `${client.package} ${version} on Deno ${Deno.version.deno}`,
          [Symbol.asyncDispose]: async () =>
            await service[Symbol.asyncDispose](),
        };
      },
    };
  });
}

function toBucket(
  options: Readonly<Record<string, string>>,
): Record<string, string> {
  return {
    S3_ENDPOINT: options.endpoint ?? "",
    S3_BUCKET: options.bucket ?? "",
    AWS_REGION: options.region ?? "",
    AWS_ACCESS_KEY_ID: options.access_key_id ?? "",
    AWS_SECRET_ACCESS_KEY: options.secret_access_key ?? "",
  };
}
