import { PARALLEL } from "../jobs/object_jobs.ts";
import type { Table } from "../report/table.ts";
import { startProxy } from "../throttle/start_proxy.ts";
import { type Part, type PartContext, takeServer } from "./part.ts";
import { compareSmall } from "./small.ts";

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
  const { url } = takeServer(context);
  await using proxy = await startProxy(url, { roundTrip: ROUND_TRIP });
  const tables = await compareSmall(context, {
    part: url.startsWith("https:") ? smallFarHttps.name : smallFar.name,
    where: `round trip ${ROUND_TRIP} ms, `,
    endpoint: proxy.url,
  });
  return tables.map((table) => addRoundTrips(table, context.objects));
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
