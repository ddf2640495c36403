import { fromFileUrl, join } from "@std/path";
import { findServices, startService } from "../../tools/services/mod.ts";
import type { ServiceAddress } from "../../tools/services/service.ts";
import type { Client, Place } from "../clients/client.ts";
import { getDenoArgs } from "../clients/write_lock.ts";
import { compareClients } from "../compare_clients.ts";
import { FileJobs } from "../jobs/file_jobs.ts";
import type { Table } from "../report/table.ts";
import { formatSize } from "../size.ts";
import type { Part, PartContext } from "./part.ts";

/** The services, and the clients of `examples/clients/` that others are compared with there. */
const SERVICES = {
  azurite: { "@azure/storage-blob": "azure_blob.ts" },
  minio: { "lib-storage": "lib_storage.ts", "minio-js": "minio_js.ts" },
} as const;
/** One of them. */
type Measured = keyof typeof SERVICES;

const PROGRAMS = new URL("../programs/", import.meta.url);
const EXAMPLES = new URL("../../examples/clients/", import.meta.url);

/** The stores beside the clients that people would use instead, each as a whole process. */
export const services: Part = {
  name: "services",
  summary:
    "one file of --size up and down on Azurite and MinIO: the OpenDAL store beside plain clients",
  servers: "none",
  isOnRequest: true,
  async run(context) {
    const found = await findServices();
    const tables: Table[] = [];
    for (const name of Object.keys(SERVICES) as Measured[]) {
      if (found.includes(name)) tables.push(...await measure(context, name));
      else console.error(`${name}: skipped, 'deno task servers --services'`);
    }
    return tables;
  },
};

async function measure(context: PartContext, name: Measured): Promise<Table[]> {
  const { progress, size } = context;
  progress.show(`services ${name}: writing the file`);
  await using service = await startService(name);
  const place = getPlaceOf(service);
  const clients = await listClients(name, service);
  const [base, ours] = clients;
  if (!base || !ours) return [];
  const directory = join(context.directory, name);
  await Deno.mkdir(directory);
  const only = { ...context, directory, clients, missing: [] };
  const jobs = await FileJobs.create(only, { size, helper: ours, place });
  const what = `${formatSize(size)}, ${name}`;
  return await compareClients(only, {
    part: "services",
    titles: { upload: `Upload of ${what}`, download: `Download of ${what}` },
    clients,
    base: base.name,
    place,
    amount: { value: size / 2 ** 20, unit: "MiB/s" },
    jobs,
  });
}

/** The plain clients first: the first one is what the others are compared with. */
async function listClients(
  name: Measured,
  service: ServiceAddress,
): Promise<Client[]> {
  const { scheme, options } = service;
  const plain = await Promise.all(
    Object.entries(SERVICES[name]).map(([client, file]) =>
      makeClient(client, {
        program: "plain_client.ts",
        more: { harness: new URL(file, EXAMPLES).href },
        env: getVariables(getPlaceOf(service)),
      })
    ),
  );
  return [
    ...plain,
    await makeClient("OpendalObjectStore", {
      program: "opendal_store.ts",
      more: { scheme, options },
    }),
    ...name === "minio"
      ? [await makeClient("S3ObjectStore", { program: "s3_store.ts" })]
      : [],
  ];
}

async function makeClient(
  name: string,
  { program, more = {}, env = {} }: {
    readonly program: string;
    readonly more?: object;
    readonly env?: Readonly<Record<string, string>>;
  },
): Promise<Client> {
  const inherited = await getDenoArgs();
  return {
    name,
    version: "this",
    command: (place, job) =>
      Promise.resolve({
        program: Deno.execPath(),
        args: [
          ...["run", "-A", "--quiet", "--no-check", ...inherited],
          fromFileUrl(new URL(program, PROGRAMS)),
          JSON.stringify({ place, job, ...more }),
        ],
        env,
      }),
  };
}

function getPlaceOf({ options, upstream = "" }: ServiceAddress): Place {
  return {
    endpoint: options.endpoint ?? upstream,
    region: options.region ?? "",
    bucket: options.bucket ?? options.container ?? "",
    accessKeyId: options.access_key_id ?? options.account_name ?? "",
    secretAccessKey: options.secret_access_key ?? options.account_key ?? "",
  };
}

/** The environment by which the clients' harnesses find the service. */
function getVariables(
  { endpoint, region, bucket, accessKeyId, secretAccessKey }: Place,
): Record<string, string> {
  return {
    AZURE_BLOB_ENDPOINT: endpoint,
    AZURE_STORAGE_ACCOUNT: accessKeyId,
    AZURE_STORAGE_KEY: secretAccessKey,
    AZURE_STORAGE_CONTAINER: bucket,
    S3_ENDPOINT: endpoint,
    S3_BUCKET: bucket,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  };
}
