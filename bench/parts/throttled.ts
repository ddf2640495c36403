import type { Client } from "../clients/client.ts";
import { createParallelCurl } from "../clients/curl.ts";
import { CURL, OURS } from "../clients/find_clients.ts";
import { compareClients } from "../compare_clients.ts";
import { FileJobs } from "../jobs/file_jobs.ts";
import { FORMATS, type Row, type Table } from "../report/table.ts";
import { getPlace } from "../service.ts";
import { formatSize } from "../size.ts";
import { startProxy } from "../throttle/start_proxy.ts";
import { type Part, type PartContext, takeServer } from "./part.ts";

const RATE = 80 * 2 ** 20;
const ROUND_TRIP = 20;
/** How many connections our stores use at most with their defaults. */
const CONNECTIONS = 8;
const FREE = "no throttle";

/** The same file through a proxy that makes the server as slow as a network. */
export const throttled: Part = {
  name: "throttled",
  summary:
    "one file of --size where each connection has 80 MiB/s and a round trip takes 20 ms",
  servers: "each",
  async run(context) {
    const { clients, rounds, size, tools } = context;
    const server = takeServer(context);
    const [helper] = clients;
    const curl = clients.find(({ name }) => name === CURL);
    if (!helper) return [];
    context.progress.show(`${server.name} throttled: writing the file`);
    const jobs = await FileJobs.create(context, { size, helper });
    await using slow = await startProxy(server.url, {
      rate: RATE,
      roundTrip: ROUND_TRIP,
    });
    await using free = await startProxy(server.url);
    const what = `${
      formatSize(size)
    }, 80 MiB/s per connection, round trip 20 ms, ${server.name}`;
    const tables = await compareClients(
      { ...context, rounds: Math.ceil(rounds / 2) },
      {
        part: "throttled",
        titles: {
          upload: `Upload of ${what}`,
          download: `Download of ${what}`,
        },
        clients: [
          ...clients,
          ...curl && tools.curl
            ? [createParallelCurl(curl, tools.curl, {
              connections: CONNECTIONS,
              size,
            })]
            : [],
          ...clients.filter(isOurs)
            .map((client) => sendThrough(client, context, free.url)),
        ],
        base: CURL,
        place: getPlace(server, slow.url),
        amount: { value: size / 2 ** 20, unit: "MiB/s" },
        jobs,
      },
    );
    return tables.map(addShare);
  },
};

function isOurs({ name }: Client): boolean {
  return OURS.includes(name);
}

/** The same client through the same kind of proxy, which only forwards: what this machine can do. */
function sendThrough(
  client: Client,
  context: PartContext,
  url: string,
): Client {
  const place = getPlace(takeServer(context), url);
  return {
    ...client,
    name: `${client.name}, ${FREE}`,
    command: (_place, job) => client.command(place, job),
  };
}

/** Adds how much a store reaches of what eight connections or this machine allow, whichever is less. */
function addShare(table: Table): Table {
  const rates = new Map(table.rows.map((row) => [row.client, row.rate]));
  return {
    ...table,
    columns: [
      ...table.columns,
      { key: "share", title: "of what is allowed", format: FORMATS.ratio },
    ],
    rows: table.rows.map((row): Row => {
      const free = rates.get(`${row.client}, ${FREE}`);
      if (typeof free !== "number" || typeof row.rate !== "number") return row;
      const allowed = Math.min(free, CONNECTIONS * RATE / 2 ** 20);
      return { ...row, share: row.rate / allowed };
    }),
  };
}
