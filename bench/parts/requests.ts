import { FaultProxy } from "../../conformance/faults/fault_proxy.ts";
import type { WireExchange } from "../../conformance/faults/fault.ts";
import type { Action, Client } from "../clients/client.ts";
import type { Jobs } from "../compare_clients.ts";
import { FileJobs } from "../jobs/file_jobs.ts";
import { ObjectJobs } from "../jobs/object_jobs.ts";
import { measureProcess } from "../process/measure_process.ts";
import type { Row, Table } from "../report/table.ts";
import { getPlace } from "../service.ts";
import { formatSize } from "../size.ts";
import { type Part, type PartContext, takeServer } from "./part.ts";

const SIZE = 64 * 2 ** 20;

/** How many requests an operation costs; it depends on nothing else that runs. */
export const requests: Part = {
  name: "requests",
  summary: "how many requests each operation sends, counted by a proxy",
  servers: "each",
  run: async (context) => [await countRequests(context)],
};

/** The operations, each with its column. */
type Operations = readonly (readonly [string, Action, Jobs])[];

async function countRequests(context: PartContext): Promise<Table> {
  const { clients } = context;
  const server = takeServer(context);
  const [helper] = clients;
  const size = Math.min(context.size, SIZE);
  const operations: Operations = helper
    ? await listOperations({ ...context, objects: 1 }, { size, helper })
    : [];
  const rows: Row[] = [];
  for (const client of clients) {
    context.progress.show(`${server.name} requests`, client.name);
    const row: Record<string, string> = { client: client.name };
    try {
      for (const [title, action, jobs] of operations) {
        row[title] = await countJob(context, { client, action, jobs });
      }
    } catch (error) {
      context.signal.throwIfAborted();
      row.note = `failed: ${(error as Error).message}`;
    }
    rows.push(row);
  }
  return {
    part: "requests",
    server: server.name,
    title: `Requests of one operation, ${server.name}`,
    columns: [
      { key: "client", title: "client" },
      ...operations.map(([title]) => ({ key: title, title })),
    ],
    rows,
  };
}

async function listOperations(
  context: PartContext,
  options: { size: number; helper: Client },
): Promise<Operations> {
  const file = await FileJobs.create(context, options);
  const object = await ObjectJobs.create(context);
  const size = formatSize(options.size);
  return [
    ["up 4 KiB", "uploadMany", object],
    ["down 4 KiB", "downloadMany", object],
    ["size", "sizeMany", object],
    [`up ${size}`, "upload", file],
    [`down ${size}`, "download", file],
  ];
}

async function countJob(
  context: PartContext,
  { client, action, jobs }: { client: Client; action: Action; jobs: Jobs },
): Promise<string> {
  const { directory, signal } = context;
  const server = takeServer(context);
  await using proxy = await FaultProxy.open(server.url);
  const place = getPlace(server, proxy.url);
  const job = await jobs.prepare(action);
  const command = await client.command(place, job);
  if (!command) return "–";
  const meter = proxy.meter();
  await measureProcess(command, { directory, python: undefined, signal });
  await jobs.verify(job);
  return describe(meter.exchanges);
}

/** `1 GET`, or with their sum `6: 2 POST, 4 PUT`. */
function describe(exchanges: readonly WireExchange[]): string {
  const counts = new Map<string, number>();
  for (const { request: { method } } of exchanges) {
    counts.set(method, (counts.get(method) ?? 0) + 1);
  }
  const methods = [...counts].map(([method, count]) => `${count} ${method}`);
  const text = methods.join(", ") || "none";
  return methods.length > 1 ? `${exchanges.length}: ${text}` : text;
}
