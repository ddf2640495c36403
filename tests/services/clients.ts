import { join } from "@std/path";
import {
  explainMissingServices,
  startService,
} from "../../tools/services/mod.ts";
import type { ServiceName } from "../../tools/services/service.ts";
import { findNpmPackages } from "../../tools/npm_layout.ts";
import { findRuntimes } from "../runtimes/find_runtimes.ts";
import { makeNpmProject } from "../runtimes/npm_project.ts";
import type { PlannedRun, StartedRun } from "./run.ts";
import { SERVICES } from "./services.ts";
import { versionOfImport, versionOfProgram } from "./versions.ts";

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

/**
 * Plans the runs of the clients in `examples/clients/`, each on Deno and on Node: some of what a
 * client does on the wire and with files is the runtime's.
 */
export async function planClients(): Promise<PlannedRun[]> {
  const explained = await explainMissingServices();
  return CLIENTS.flatMap((client) => {
    const missing = explained.get(client.service);
    const run = {
      service: SERVICES[client.service].name,
      kind: "client" as const,
      ...missing === undefined ? {} : { missing },
    };
    const id = `${client.service}/${client.package}`;
    return [
      { ...run, id, store: client.name, start: () => startOnDeno(client) },
      {
        ...run,
        id: `${id}@node`,
        store: `${client.name} on Node`,
        start: () => startOnNode(client),
      },
    ];
  });
}

async function startOnDeno(client: Client): Promise<StartedRun> {
  const harness = new URL(client.file, EXAMPLES);
  const version = await versionOfImport(harness, client.package);
  return {
    harness,
    ...await startServiceOf(client),
    clientVersion: `${client.package} ${version} on Deno ${Deno.version.deno}`,
  };
}

/** Lays the package and the client out as a project with npm finds them. */
async function startOnNode(client: Client): Promise<StartedRun> {
  const module = `examples/clients/${client.file}`;
  const node = await findNode();
  const packages = await findNpmPackages(module);
  const project = await makeNpmProject([module], packages);
  try {
    const version = await readVersion(project.directory, client.package);
    const service = await startServiceOf(client);
    return {
      ...service,
      command: [
        ...[node.program, project.pathOf("conformance/cli.ts")],
        project.pathOf(module),
      ],
      cwd: project.directory,
      clientVersion: `${client.package} ${version} on ${node.version}`,
      async [Symbol.asyncDispose]() {
        await service[Symbol.asyncDispose]();
        await project[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await project[Symbol.asyncDispose]();
    throw error;
  }
}

async function startServiceOf(
  { service, env }: Client,
): Promise<Pick<StartedRun, "env" | "serviceVersion"> & AsyncDisposable> {
  const serviceVersion = await SERVICES[service].version();
  const started = await startService(service);
  return {
    env: env(started.options),
    serviceVersion,
    [Symbol.asyncDispose]: async () => await started[Symbol.asyncDispose](),
  };
}

/** Node as the other tests run it. */
async function findNode(): Promise<{ program: string; version: string }> {
  const [node] = await findRuntimes();
  if (node?.program === undefined) {
    throw new Error(`Node cannot be had: ${node?.reason}`);
  }
  const version = await versionOfProgram(node.program, "--version");
  return { program: node.program, version: `Node ${version}` };
}

async function readVersion(directory: string, name: string): Promise<string> {
  const path = join(directory, "node_modules", name, "package.json");
  return JSON.parse(await Deno.readTextFile(path)).version;
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
