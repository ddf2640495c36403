import { findServers, startServer } from "../../tools/servers/mod.ts";
import type { ServerName } from "../../tools/servers/server.ts";
import {
  explainMissingServices,
  startService,
} from "../../tools/services/mod.ts";
import {
  SERVICE,
  SERVICE_NAMES,
  type ServiceName,
} from "../../tools/services/service.ts";
import { SERVER } from "../stores/server_harness.ts";
import { planClients } from "./clients.ts";
import type { PlannedRun } from "./run.ts";
import { SERVICES } from "./services.ts";
import { versionOfPackage } from "./versions.ts";

const NO_SERVER =
  "its program is not here: 'deno task servers' gets it, and OBJECT_STORE_SERVERS can leave it out";
/** The result says of which commit it is. */
const OURS = `this package on Deno ${Deno.version.deno}`;

/** Servers that the bundled stores are judged on; HTTPS changes the wire, and no promise. */
const SERVERS: readonly ServerName[] = ["minio", "versitygw", "s3rver"];
const SERVER_STORES = {
  S3ObjectStore: new URL("../stores/s3_harness.ts", import.meta.url),
  MinioObjectStore: new URL("../stores/minio_harness.ts", import.meta.url),
};

/** Plans every run that there is, also those that cannot be made here. */
export async function planRuns(): Promise<PlannedRun[]> {
  const servers = await findServers();
  const missing = await explainMissingServices();
  const runs = [
    planFileSystem(),
    ...SERVERS.flatMap((name) =>
      planServer(name, servers.includes(name) ? undefined : NO_SERVER)
    ),
    ...SERVICE_NAMES.map((name) => planOpendal(name, missing.get(name))),
    ...await planClients(),
  ];
  return sortRuns(runs);
}

/** Orders runs by service, and on a service our own stores, then those through OpenDAL, then other clients. */
export function sortRuns<T extends Pick<PlannedRun, "service" | "kind" | "id">>(
  runs: readonly T[],
): T[] {
  const services = Object.values(SERVICES).map(({ name }) => name);
  const kinds = ["bundled", "opendal", "client"];
  return runs.toSorted((a, b) =>
    services.indexOf(a.service) - services.indexOf(b.service) ||
    kinds.indexOf(a.kind) - kinds.indexOf(b.kind)
  );
}

function planFileSystem(): PlannedRun {
  return {
    id: "fs/FileSystemObjectStore",
    service: SERVICES.fs.name,
    store: "FileSystemObjectStore",
    kind: "bundled",
    start: async () => ({
      harness: new URL("../stores/file_system_harness.ts", import.meta.url),
      env: {},
      serviceVersion: await SERVICES.fs.version(),
      clientVersion: OURS,
      async [Symbol.asyncDispose]() {},
    }),
  };
}

function planServer(
  name: ServerName,
  missing: string | undefined,
): PlannedRun[] {
  return Object.entries(SERVER_STORES).map(([store, harness]) => ({
    id: `${name}/${store}`,
    service: SERVICES[name].name,
    store,
    kind: "bundled",
    ...missing === undefined ? {} : { missing },
    async start() {
      const serviceVersion = await SERVICES[name].version();
      const server = await startServer(name);
      return {
        harness,
        env: { [SERVER]: JSON.stringify(server) },
        ...{ serviceVersion, clientVersion: OURS },
        [Symbol.asyncDispose]: async () => await server[Symbol.asyncDispose](),
      };
    },
  }));
}

function planOpendal(
  name: ServiceName,
  missing: string | undefined,
): PlannedRun {
  return {
    id: `${name}/OpendalObjectStore`,
    service: SERVICES[name].name,
    store: "OpendalObjectStore",
    kind: "opendal",
    ...missing === undefined ? {} : { missing },
    async start() {
      const serviceVersion = await SERVICES[name].version();
      const opendal = await versionOfPackage("opendal");
      const service = await startService(name);
      return {
        harness: new URL("../stores/opendal_harness.ts", import.meta.url),
        env: { [SERVICE]: JSON.stringify(service) },
        ...{ serviceVersion, clientVersion: `${OURS}, opendal ${opendal}` },
        [Symbol.asyncDispose]: async () => await service[Symbol.asyncDispose](),
      };
    },
  };
}
