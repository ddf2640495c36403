import { SDK } from "../clients/find_clients.ts";
import { compareClients } from "../compare_clients.ts";
import { ObjectJobs, PARALLEL } from "../jobs/object_jobs.ts";
import type { Table } from "../report/table.ts";
import { getPlace } from "../service.ts";
import { startProxy } from "../throttle/start_proxy.ts";
import { type Part, type PartContext, takeServer } from "./part.ts";

const ROUND_TRIP = 20;

/** Many small objects far away: does each operation take one round trip? */
export const smallFar: Part = {
  name: "small_far",
  summary:
    "--objects objects of 4 KiB, 16 at once, where a round trip takes 20 ms, and how many each takes",
  servers: "each",
  isOnRequest: true,
  run: measureFar,
};

/** The same over TLS. */
export const smallFarHttps: Part = {
  name: "small_far_https",
  summary: "the same over HTTPS on MinIO",
  servers: "secure",
  isOnRequest: true,
  run: measureFar,
};

async function measureFar(context: PartContext): Promise<Table[]> {
  const { clients, objects } = context;
  const server = takeServer(context);
  const what =
    `${objects} objects of 4 KiB, 16 at once, round trip ${ROUND_TRIP} ms, ${server.name}`;
  await using proxy = await startProxy(server.url, { roundTrip: ROUND_TRIP });
  const tables = await compareClients(context, {
    part: server.url.startsWith("https:") ? smallFarHttps.name : smallFar.name,
    titles: {
      uploadMany: `Upload of ${what}`,
      downloadMany: `Download of ${what}`,
      sizeMany: `Size of ${what}`,
    },
    clients,
    base: SDK,
    place: getPlace(server, proxy.url),
    amount: { value: objects, unit: "objects/s" },
    jobs: await ObjectJobs.create(context),
  });
  return tables.map((table) => addRoundTrips(table, objects));
}

/** Adds how many round trips an operation takes, everything included: the start of the process, and connecting. */
function addRoundTrips(table: Table, objects: number): Table {
  const ideal = Math.ceil(objects / PARALLEL) * ROUND_TRIP;
  return {
    ...table,
    columns: [...table.columns, {
      key: "roundTrips",
      title: "round trips of one",
      format: (value) => value.toFixed(2),
    }],
    rows: table.rows.map((row) =>
      typeof row.median === "number"
        ? { ...row, roundTrips: row.median / ideal }
        : row
    ),
  };
}
