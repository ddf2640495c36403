import { join } from "@std/path";
import { startServer } from "../tools/servers/mod.ts";
import type { ServerName, TestServer } from "../tools/servers/server.ts";
import { CURL, type FoundClients } from "./clients/find_clients.ts";
import type { Tools } from "./clients/tools.ts";
import type { Options } from "./options.ts";
import type { Part, PartContext } from "./parts/part.ts";
import { PARTS } from "./parts/parts.ts";
import type { Progress } from "./report/progress.ts";
import { describeMachine, printTable, type Report } from "./report/report.ts";
import type { Table } from "./report/table.ts";
import { removeAny, skipRests } from "./service.ts";

const SECURE: ServerName = "minio-https";

/** What is going to be measured, with what. */
export interface Plan extends FoundClients {
  /** The options. */
  readonly options: Options;
  /** The programs that are here. */
  readonly tools: Tools;
  /** The parts. */
  readonly parts: readonly Part[];
  /** The servers, without TLS. */
  readonly servers: readonly ServerName[];
  /** Whether MinIO can be started with TLS. */
  readonly hasSecure: boolean;
}

/** What there is on this machine. */
export interface Surroundings {
  /** The programs. */
  readonly tools: Tools;
  /** The clients. */
  readonly found: FoundClients;
  /** The servers. */
  readonly servers: readonly ServerName[];
}

/**
 * Decides what is measured.
 *
 * @param options What was asked for.
 * @param surroundings What there is.
 * @returns The plan, or which option cannot be met.
 */
export function planBench(
  options: Options,
  { found, servers, tools }: Surroundings,
): Plan | string {
  const unknown = options.only
    .find((name) => !PARTS.some((part) => part.name === name));
  if (unknown !== undefined) return `--only: there is no part "${unknown}"`;
  const absent = options.server
    .find((name) => !servers.some((server) => server === name));
  if (absent !== undefined) {
    return `--server: "${absent}" is not here; deno task servers installs minio and versitygw`;
  }

  const plain = servers.filter((name) => name !== SECURE);
  const real = plain.filter((name) => name !== "s3rver");
  const usual = real.length > 0 ? real : plain;
  const isWanted = ({ name }: { name: string }) =>
    name === CURL || options.clients.length === 0 ||
    options.clients.some((word) =>
      name.toLowerCase().includes(word.toLowerCase())
    );
  return {
    options,
    tools,
    clients: found.clients.filter(isWanted),
    missing: found.missing.filter(isWanted),
    parts: PARTS.filter(({ name, isOnRequest }) =>
      options.only.length > 0 ? options.only.includes(name) : !isOnRequest
    ),
    servers: options.server.length > 0
      ? plain.filter((name) => options.server.includes(name))
      : options.smoke
      ? usual.slice(0, 1)
      : usual,
    hasSecure: servers.includes(SECURE),
  };
}

/** How a plan is run. */
export interface RunOptions {
  /** The command line, for the report. */
  readonly args: readonly string[];
  /** Tells what is under way. */
  readonly progress: Progress;
  /** Stops everything. */
  readonly signal: AbortSignal;
}

/**
 * Runs a plan, and prints each table when it is there.
 *
 * @param plan What to measure.
 * @param options How.
 */
export async function runBench(
  plan: Plan,
  { args, progress, signal }: RunOptions,
): Promise<Report> {
  const { options, parts, servers } = plan;
  const date = new Date().toISOString();
  // The servers put their data where the system puts temporary files.
  if (options.directory) Deno.env.set("TMPDIR", options.directory);
  if (options.smoke) skipRests();
  const directory = await Deno.makeTempDir({ prefix: "storekit_bench_" });
  const tables: Table[] = [];

  async function run(part: Part, server?: TestServer): Promise<void> {
    signal.throwIfAborted();
    const place = join(directory, [part.name, server?.name].join("_"));
    await Deno.mkdir(place);
    try {
      const context: PartContext = {
        ...{ ...options, ...plan, directory: place, progress, signal },
        server,
      };
      const found = await part.run(context);
      progress.clear();
      for (const table of found) printTable(table);
      tables.push(...found);
    } finally {
      await removeAny(place);
    }
  }

  try {
    for (const name of servers) {
      const onServer = parts.filter((part) => part.servers === "each");
      if (onServer.length === 0) break;
      progress.show(`${name}: starting`);
      await using server = await startServer(name);
      for (const part of onServer) await run(part, server);
    }
    const secure = parts.filter((part) => part.servers === "secure");
    if (secure.length > 0 && plan.hasSecure) {
      progress.show(`${SECURE}: starting`);
      await using server = await startServer(SECURE);
      for (const part of secure) await run(part, server);
    }
    for (const part of parts) if (part.servers === "none") await run(part);
  } finally {
    progress.clear();
    await removeAny(directory);
  }
  return {
    command: ["deno task bench", ...args.map(withoutPath)].join(" "),
    date,
    machine: describeMachine(),
    versions: Object.fromEntries(
      plan.clients.map(({ name, version }) => [name, version]),
    ),
    tables,
  };
}

/** Leaves out the paths of this machine: the command is published with the figures. */
function withoutPath(argument: string): string {
  return argument.replace(/^(--(?:json|markdown|directory|peers))=.*/s, "$1");
}
