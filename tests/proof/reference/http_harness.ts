import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ListableDriverObjectStore } from "../../../src/driver_store/driver_object_store.ts";
import type { ObjectStore } from "../../../src/object_store.ts";
import { defineHarness } from "../../../conformance/model/define_harness.ts";
import type {
  Harness,
  HarnessContext,
} from "../../../conformance/model/harness.ts";
import { httpDialect } from "./http_dialect.ts";
import { HttpDriver, type HttpDriverOptions } from "./http_driver.ts";
import { BUCKET, HttpServer, TOKEN } from "./http_server.ts";

const LARGEST_OBJECT = 64 * 2 ** 20;
const STALL_TIMEOUT = 1_500;

/** The runs that use the server. */
const runs = new Set<string>();
let running: Promise<HttpServer> | undefined;
let latest: HttpServer | undefined;

/** The reference store over HTTP. Its server starts in this process with the first store, and stops with the last run. */
const harness: Harness = defineHarness({
  name: "reference (HTTP)",
  module: import.meta.url,
  capabilities: [
    "flat",
    "reopen",
    "list",
    "read",
    "write",
    "delete",
    "process",
    "authz",
    "bucket",
    "checksum",
  ],
  refusesNames: () => false,
  limits: {
    partSize: 256 * 2 ** 10,
    largestObject: LARGEST_OBJECT,
    stallTimeoutMs: STALL_TIMEOUT,
    // `fetch` sends again what was lost on a connection that it used before.
    maxRequestsPerOperation: 8,
    maxOperationMs: 2 * STALL_TIMEOUT,
  },
  secrets: [TOKEN],
  oracle: {
    async put(name, bytes, ctx) {
      (await startServer(ctx)).set(keyOf(name, ctx), bytes);
    },
    async get(name, ctx) {
      return (await startServer(ctx)).objects.get(keyOf(name, ctx))?.bytes;
    },
    async list(ctx) {
      const base = keyOf("", ctx);
      const { objects } = await startServer(ctx);
      return [...objects.keys()].filter((key) => key.startsWith(base))
        .map((key) => key.slice(base.length));
    },
    async delete(name, ctx) {
      (await startServer(ctx)).objects.delete(keyOf(name, ctx));
    },
  },
  upstream: async (prefix) => (await startServer({ prefix })).url,
  dialect: httpDialect,
  open: (ctx) => openStore(ctx),
  openAt: (url, ctx) => openStore(ctx, { url }),
  openTrusting: (url, ctx, caCerts) => openStore(ctx, { url, caCerts }),
  openMissingBucket: (ctx) => openStore(ctx, { bucket: "missing" }),
  openForbidden: (ctx) => openStore(ctx, { token: "nobody" }),
  async cleanup(prefix) {
    const server = await running;
    for (const key of server?.objects.keys() ?? []) {
      if (key.startsWith(`${prefix}/`)) server?.objects.delete(key);
    }
    runs.delete(prefix);
    if (runs.size > 0) return;
    running = undefined;
    await server?.stop();
  },
});

export default harness;

/** How many uploads in parts the server of this process holds that are neither complete nor discarded. */
export function countUnfinished(): number {
  if (latest === undefined) {
    throw new TypeError("Cannot count uploads as no server was started");
  }
  return latest.unfinished;
}

async function openStore(
  ctx: HarnessContext,
  overrides: Partial<HttpDriverOptions> = {},
): Promise<ObjectStore> {
  const driver = new HttpDriver(await httpOptions(ctx, overrides));
  return new ListableDriverObjectStore(driver, { prefix: ctx.prefix });
}

/** How the stores of this harness reach the server; other stores on it, too. */
export async function httpOptions(
  ctx: HarnessContext,
  overrides: Partial<HttpDriverOptions> = {},
): Promise<HttpDriverOptions> {
  return {
    url: overrides.url ?? ctx.endpoint ?? await findServer(ctx),
    bucket: BUCKET,
    token: TOKEN,
    largestObject: LARGEST_OBJECT,
    timeout: STALL_TIMEOUT,
    ...overrides,
  };
}

/** The server's URL: in a child process the case's own process has left it in the directory. */
async function findServer(ctx: HarnessContext): Promise<string> {
  const path = join(ctx.directory, "server_url");
  try {
    return await readFile(path, "utf8");
  } catch {
    // This is the process of the run.
  }
  const { url } = await startServer(ctx);
  // In one step: another handle may be opened at the same time.
  await writeFile(path, url);
  return url;
}

async function startServer(
  { prefix }: Pick<HarnessContext, "prefix">,
): Promise<HttpServer> {
  runs.add(prefix.split("/")[0] ?? prefix);
  running ??= HttpServer.start();
  latest = await running;
  return latest;
}

function keyOf(name: string, { prefix }: HarnessContext): string {
  return `${prefix}/${name}`;
}
