import { join } from "@std/path";
import { FAKE_GCS, findProgram, MINIO } from "../servers/install.ts";
import { findFreePort, startProcess } from "../servers/process.ts";
import { startMinio } from "../servers/minio.ts";
import { findPackage } from "../servers/npm_packages.ts";
import { startBufferingFront } from "./buffering_front.ts";
import {
  SERVICE_NAMES,
  type ServiceAddress,
  type ServiceName,
  type TestService,
} from "./service.ts";

/** How a service is found and started. */
interface ServiceKind {
  /** Gives the reason why it cannot be started here, or `undefined` if it can. */
  explainMissing(): Promise<string | undefined>;
  /** Starts it with its data in a directory. */
  start(directory: string): Promise<Started>;
}

/** What has been started. */
interface Started extends Omit<ServiceAddress, "name"> {
  /** Ends it. */
  stop?(): Promise<void>;
}

/** Both are packages of Debian. */
const REDIS = { name: "redis-server", variable: "OBJECT_STORE_REDIS" };
const NGINX = { name: "nginx", variable: "OBJECT_STORE_NGINX" };
/** The account that the emulator of Azure is born with, and its key, which is in its documentation. */
const AZURITE = {
  account_name: "devstoreaccount1",
  account_key:
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
};
const nothingMissing = () => Promise.resolve(undefined);
const explainProgram =
  (program: typeof REDIS, remedy: string) =>
  async (): Promise<string | undefined> =>
    await findProgram(program) === undefined
      ? `no '${program.name}': ${remedy}`
      : undefined;
const explainPackage = async (name: string): Promise<string | undefined> =>
  await findPackage(name) === undefined
    ? `no '${name}': ${INSTALL}`
    : undefined;
const INSTALL = "deno task servers --services";

const KINDS: Readonly<Record<ServiceName, ServiceKind>> = {
  "fs": {
    explainMissing: nothingMissing,
    start: () => Promise.resolve({ scheme: "fs", options: {} }),
  },
  "sqlite": { explainMissing: nothingMissing, start: startSqlite },
  "redis": {
    explainMissing: explainProgram(REDIS, "Debian has it as redis-server"),
    start: startRedis,
  },
  "webdav": { explainMissing: explainNginx, start: startWebdav },
  "azurite": {
    explainMissing: () => explainPackage("azurite"),
    start: startAzurite,
  },
  "fake-gcs-server": {
    explainMissing: explainProgram(FAKE_GCS, INSTALL),
    start: startFakeGcs,
  },
  "minio": {
    explainMissing: explainProgram(MINIO, INSTALL),
    start: startMinioService,
  },
};

/**
 * Finds the services that can be started here: none without OpenDAL's binding, which
 * `deno task servers --services` installs. `OBJECT_STORE_SERVICES=fs,azurite` leaves others out.
 */
export async function findServices(): Promise<ServiceName[]> {
  const missing = await explainMissingServices();
  return SERVICE_NAMES.filter((name) => !missing.has(name));
}

/**
 * Says why services are not tested here.
 *
 * @returns A reason for each service that {@linkcode findServices} does not find.
 */
export async function explainMissingServices(): Promise<
  ReadonlyMap<ServiceName, string>
> {
  const chosen = Deno.env.get("OBJECT_STORE_SERVICES")?.split(",") ??
    SERVICE_NAMES;
  const binding = await explainBinding();
  const missing = new Map<ServiceName, string>();
  for (const name of SERVICE_NAMES) {
    const reason = chosen.includes(name)
      ? binding ?? await KINDS[name].explainMissing()
      : "OBJECT_STORE_SERVICES leaves it out";
    if (reason !== undefined) missing.set(name, reason);
  }
  return missing;
}

/**
 * Says why OpenDAL cannot be loaded here. A process of its own tries it, as the native part may not
 * be for this system.
 *
 * @returns The reason, or `undefined` if it can.
 */
export async function explainBinding(): Promise<string | undefined> {
  const path = await findPackage("opendal");
  if (path === undefined) return await explainPackage("opendal");
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      `import { createRequire } from "node:module";
createRequire(import.meta.url)(${JSON.stringify(path)});`,
    ],
    stdin: "null",
    stdout: "null",
  }).output();
  if (success) return undefined;
  const [line = ""] = new TextDecoder().decode(stderr).split("\n");
  return `'opendal' cannot be loaded: ${line.slice(0, 200)}`;
}

/**
 * Starts a service that is here; the caller disposes of it.
 *
 * @param name Which.
 * @returns The service, with its data in a directory of its own.
 */
export async function startService(name: ServiceName): Promise<TestService> {
  const directory = await Deno.makeTempDir({
    prefix: "storekit_test_service_",
  });
  const remove = () => Deno.remove(directory, { recursive: true });
  try {
    const { stop, ...address } = await KINDS[name].start(directory);
    return {
      name,
      ...address,
      async [Symbol.asyncDispose]() {
        await stop?.();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function startSqlite(directory: string): Promise<Started> {
  const { DatabaseSync } = await import("node:sqlite");
  const path = join(directory, "objects.db");
  const database = new DatabaseSync(path);
  database.exec("CREATE TABLE objects (key TEXT PRIMARY KEY, value BLOB)");
  database.close();
  // Cases become another user, who then opens a new connection or does not.
  await Deno.chmod(directory, 0o777);
  await Deno.chmod(path, 0o666);
  return {
    scheme: "sqlite",
    options: {
      connection_string: `sqlite://${path}?mode=rwc`,
      ...{ table: "objects", key_field: "key", value_field: "value" },
    },
  };
}

async function startRedis(directory: string): Promise<Started> {
  const port = findFreePort();
  const { kill } = await startProcess({
    command: [
      ...[await programOf(REDIS), "--port", String(port), "--save", ""],
      ...["--bind", "127.0.0.1", "--appendonly", "no", "--dir", directory],
    ],
    log: join(directory, "log"),
    isReady: () => canConnect(port),
  });
  return {
    scheme: "redis",
    options: { endpoint: `redis://127.0.0.1:${port}` },
    upstream: `tcp://127.0.0.1:${port}`,
    stop: kill,
  };
}

/** It needs a module that not every nginx comes with. */
async function explainNginx(): Promise<string | undefined> {
  const program = await findProgram(NGINX);
  const remedy = "Debian has it as nginx-extras";
  if (program === undefined) return `no 'nginx': ${remedy}`;
  const directory = await Deno.makeTempDir({
    prefix: "storekit_test_service_",
  });
  try {
    const file = join(directory, "nginx.conf");
    await Deno.mkdir(join(directory, "root"));
    await Deno.writeTextFile(
      file,
      nginxConfiguration(directory, findFreePort()),
    );
    const { success } = await new Deno.Command(program, {
      args: ["-t", "-q", "-c", file],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).output();
    return success
      ? undefined
      : `this nginx takes no configuration for WebDAV: ${remedy}`;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function startWebdav(directory: string): Promise<Started> {
  const port = findFreePort();
  const root = join(directory, "root");
  await Deno.mkdir(root);
  const file = join(directory, "nginx.conf");
  await Deno.writeTextFile(file, nginxConfiguration(directory, port));
  const { kill } = await startProcess({
    command: [await programOf(NGINX), "-c", file],
    log: join(directory, "log"),
    isReady: () => canConnect(port),
  });
  const upstream = `http://127.0.0.1:${port}`;
  return {
    scheme: "webdav",
    options: { endpoint: upstream },
    upstream,
    stop: kill,
  };
}

/** One process in the foreground, so that killing it ends the service. */
function nginxConfiguration(directory: string, port: number): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${join(directory, name)};`);
  return `
load_module modules/ngx_http_dav_ext_module.so;
daemon off;
master_process off;
pid ${join(directory, "pid")};
error_log ${join(directory, "errors")};
events {}
http {
  access_log off;
  client_max_body_size 0;
  ${temporary.join("\n  ")}
  server {
    listen 127.0.0.1:${port};
    root ${join(directory, "root")};
    dav_methods PUT DELETE MKCOL COPY MOVE;
    dav_ext_methods PROPFIND OPTIONS;
    create_full_put_path on;
  }
}
`;
}

async function startAzurite(directory: string): Promise<Started> {
  const port = findFreePort();
  const path = await findPackage("azurite");
  const { kill } = await startProcess({
    command: [
      ...["node", join(path ?? "", "dist/src/blob/main.js")],
      ...["--blobPort", String(port), "--inMemoryPersistence"],
      ...["--silent", "--disableTelemetry", "--skipApiVersionCheck"],
    ],
    log: join(directory, "log"),
    isReady: () => canConnect(port),
  });
  const upstream = `http://127.0.0.1:${port}`;
  const options = {
    endpoint: `${upstream}/${AZURITE.account_name}`,
    container: "objects",
    ...AZURITE,
  };
  await createContainer(options);
  return {
    scheme: "azblob",
    options,
    upstream,
    // One thread of JavaScript, which sorts objects for each page of a listing.
    answersWithin: 16_000,
    missing: { container: "missing-container" },
    // A key of the right form that is not the account's.
    forbidden: { account_key: btoa("not the key of this account") },
    stop: kill,
  };
}

/** Makes a container by the one request that OpenDAL does not know, signed as Azure wants it. */
async function createContainer(
  { endpoint, container, account_name, account_key }: {
    readonly endpoint: string;
    readonly container: string;
    readonly account_name: string;
    readonly account_key: string;
  },
): Promise<void> {
  const headers = {
    "x-ms-date": new Date().toUTCString(),
    "x-ms-version": "2021-12-02",
  };
  const resource = `/${account_name}/${account_name}/${container}`;
  const text = [
    ...["PUT", ...Array(11).fill("")],
    ...Object.entries(headers).map(([name, value]) => `${name}:${value}`),
    `${resource}\nrestype:container`,
  ].join("\n");
  const key = await crypto.subtle.importKey(
    "raw",
    Uint8Array.from(atob(account_key), (char) => char.charCodeAt(0)),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const signed = await crypto.subtle.sign(
    "HMAC",
    key,
    new TextEncoder().encode(text),
  );
  const signature = btoa(String.fromCharCode(...new Uint8Array(signed)));
  const answer = await fetch(`${endpoint}/${container}?restype=container`, {
    method: "PUT",
    headers: {
      ...headers,
      authorization: `SharedKey ${account_name}:${signature}`,
    },
  });
  const body = await answer.text();
  if (!answer.ok) throw new Error(`Cannot make a container: ${body}`);
}

async function startFakeGcs(directory: string): Promise<Started> {
  const port = findFreePort();
  const { kill } = await startProcess({
    command: [
      ...[await programOf(FAKE_GCS), "-scheme", "http", "-host", "127.0.0.1"],
      ...["-port", String(port), "-public-host", `127.0.0.1:${port}`],
      // Its other place, the file system, is a tree.
      ...["-backend", "memory"],
    ],
    log: join(directory, "log"),
    isReady: () => canConnect(port),
  });
  // While it receives an object it answers for no other one.
  const front = await startBufferingFront(port);
  const stop = async () => {
    await front.close();
    await kill();
  };
  const upstream = `http://127.0.0.1:${front.port}`;
  const answer = await fetch(`${upstream}/storage/v1/b?project=tests`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "objects" }),
  });
  const body = await answer.text();
  if (!answer.ok) {
    await stop();
    throw new Error(`Cannot make a bucket: ${body}`);
  }
  return {
    scheme: "gcs",
    options: {
      endpoint: upstream,
      bucket: "objects",
      ...{ allow_anonymous: "true", disable_vm_metadata: "true" },
      disable_config_load: "true",
    },
    upstream,
    missing: { bucket: "missing-bucket" },
    stop,
  };
}

async function startMinioService(): Promise<Started> {
  const server = await startMinio();
  const { credentials, forbidden } = server;
  return {
    scheme: "s3",
    options: {
      endpoint: server.url,
      bucket: server.bucket,
      region: server.region,
      access_key_id: credentials.accessKeyId,
      secret_access_key: credentials.secretAccessKey,
      disable_config_load: "true",
    },
    upstream: server.url,
    missing: { bucket: "missing-bucket" },
    forbidden: {
      access_key_id: forbidden.accessKeyId,
      secret_access_key: forbidden.secretAccessKey,
      ...forbidden.sessionToken === undefined
        ? {}
        : { session_token: forbidden.sessionToken },
    },
    stop: async () => await server[Symbol.asyncDispose](),
  };
}

async function programOf(program: typeof REDIS): Promise<string> {
  const path = await findProgram(program);
  if (path === undefined) throw new Error(`'${program.name}' is not here`);
  return path;
}

async function canConnect(port: number): Promise<boolean> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  return connection.remoteAddr.transport === "tcp";
}
