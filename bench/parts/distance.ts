import { join } from "@std/path";
import type { ServerName } from "../../tools/servers/server.ts";
import { type Cell, isWanted, listCells } from "../distance/cells.ts";
import { makeTables, type Measured } from "../distance/grid_tables.ts";
import {
  listClients,
  measureCell,
  type Original,
} from "../distance/measure_cell.ts";
import { sumFile, writeRandomFile } from "../process/files.ts";
import { measureProcess } from "../process/measure_process.ts";
import type { Table } from "../report/table.ts";
import { emptyTrash, getPlace } from "../service.ts";
import { formatSize } from "../size.ts";
import { startProxy } from "../throttle/start_proxy.ts";
import { type Part, type PartContext, takeServer } from "./part.ts";

const MIB = 2 ** 20;
/** Bytes of what shows how fast this machine is without a line. */
const FREE_SIZE = 256 * MIB;
const MINIO: ServerName = "minio";

/** A grid of round trips, rates and sizes. */
export const distance: Part = {
  name: "distance",
  summary:
    "a grid of round trip x rate of a connection x size, up and down, on MinIO: who is first",
  servers: "each",
  isOnRequest: true,
  run: async (context) =>
    takeServer(context).name === MINIO ? await measureGrid(context) : [],
};

/** Two lines of it over HTTPS. */
export const distanceHttps: Part = {
  name: "distance_https",
  summary: "two lines of the grid over HTTPS",
  servers: "secure",
  isOnRequest: true,
  run: measureGrid,
};

async function measureGrid(context: PartContext): Promise<Table[]> {
  const server = takeServer(context);
  const isSecure = server.url.startsWith("https:");
  const isSmoke = context.size < 16 * MIB;
  const cells = listCells({ isSecure, isSmoke, largest: context.size })
    .filter((cell) => isWanted(cell, context.cells));
  const originals = new Map<number, Original>();
  async function find(size: number): Promise<Original> {
    const known = originals.get(size) ?? await makeOriginal(context, size);
    originals.set(size, known);
    return known;
  }

  const freeCells = (["download", "upload"] as const).map((
    direction,
  ): Cell => ({
    ...{ direction, size: isSmoke ? MIB : FREE_SIZE },
    ...{ roundTrip: 0, rate: Infinity },
  }));
  const found: Measured[] = [];
  const isWhole = context.cells.length === 0;
  for (const cell of [...isWhole ? freeCells : [], ...cells]) {
    context.signal.throwIfAborted();
    context.progress.show(
      `${server.name} distance: ${cell.roundTrip} ms, ${cell.rate / MIB} MiB/s`,
      `${cell.direction} of ${formatSize(cell.size)}`,
    );
    const original = await find(cell.size);
    await emptyTrash(server);
    await using proxy = await startProxy(server.url, cell);
    const times = await measureCell(context, cell, {
      clients: listClients(context, cell.size),
      place: getPlace(server, proxy.url),
      original,
    });
    found.push({ cell, times });
  }
  return makeTables(found, {
    server: server.name,
    part: isSecure ? distanceHttps.name : distance.name,
    told: listClients(context, context.size)
      .filter(({ isBound }) => isBound).map(({ name }) => name),
  });
}

async function makeOriginal(
  context: PartContext,
  size: number,
): Promise<Original> {
  const { clients: [helper], directory, signal } = context;
  const path = join(directory, `source_${size}`);
  const key = `original/${size}`;
  await writeRandomFile(path, size);
  const place = getPlace(takeServer(context));
  const command = await helper?.command(place, {
    ...{ action: "upload", key, path, count: 1, parallel: 1 },
  });
  if (!command) throw new Error("Cannot measure without a client");
  await measureProcess(command, { directory, python: undefined, signal });
  return { path, key, sum: await sumFile(path) };
}
