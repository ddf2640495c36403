import { join } from "@std/path";
import type { Client, Job, Place } from "../clients/client.ts";
import { createParallelCurl } from "../clients/curl.ts";
import { CURL } from "../clients/find_clients.ts";
import type { PartContext } from "../parts/part.ts";
import { sumFile } from "../process/files.ts";
import { median } from "../report/statistics.ts";
import { removeAny } from "../service.ts";
import { type Cell, CONNECTIONS, repeatsOf, sideBySide } from "./cells.ts";
import { runTimed } from "./run_timed.ts";

/** A client that takes so many times ours has lost, and is not waited for. */
const LOST = 1.3;
/** Milliseconds that a process may need besides: to start, and to find out what it always finds out. */
const START = 1_200;

/** A file that is moved, and the object of the same bytes. */
export interface Original {
  /** The local file. */
  readonly path: string;
  /** The object. */
  readonly key: string;
  /** Its CRC-32. */
  readonly sum: number;
}

/** What {@linkcode measureCell} is given. */
export interface CellOptions {
  /** The clients; the first is ours. */
  readonly clients: readonly Client[];
  /** Where the slow line begins. */
  readonly place: Place;
  /** What is moved. */
  readonly original: Original;
}

/** The time of each client in milliseconds; `Infinity` of one that was not waited for, and a text for a failure. */
export type CellTimes = Map<string, number | string>;

/**
 * Has every client do the work of a cell, each in a process of its own that
 * tells the time of the work itself: over a kept connection where it is quick.
 *
 * @param context The part's.
 * @param cell The cell.
 * @param options With what.
 */
export async function measureCell(
  context: PartContext,
  cell: Cell,
  { clients, place, original }: CellOptions,
): Promise<CellTimes> {
  const times: CellTimes = new Map();
  const running = new Set<Limited>();
  let limit = Infinity;
  const [ours] = clients;

  async function measure(client: Client, index: number): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const stop = () => resolve();
    const own: Limited = { began: performance.now(), stop, timer: undefined };
    running.add(own);
    setLimit(own, limit);
    context.signal.addEventListener("abort", stop);
    try {
      const time = await runClient(context, cell, {
        ...{ client, index, place, original, late },
      });
      if (time !== undefined) times.set(client.name, time);
      if (client !== ours) return;
      limit = LOST * (performance.now() - own.began) + START;
      // Those that have begun beside it.
      for (const other of running) setLimit(other, limit);
    } catch (error) {
      context.signal.throwIfAborted();
      times.set(client.name, `failed: ${(error as Error).message}`);
    } finally {
      clearTimeout(own.timer);
      running.delete(own);
      context.signal.removeEventListener("abort", stop);
    }
  }

  const left = clients.entries();
  const workers = Math.min(sideBySide(cell), clients.length);
  await Promise.all(Array.from({ length: workers }, async () => {
    for (const [index, client] of left) await measure(client, index);
  }));
  return times;
}

/** A client at work, which is stopped when it is late. */
interface Limited {
  readonly began: number;
  readonly stop: () => void;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** Everyone has as long from its own beginning on, whenever that is. */
function setLimit(client: Limited, limit: number): void {
  if (limit === Infinity) return;
  const left = limit - (performance.now() - client.began);
  client.timer = setTimeout(client.stop, left);
}

interface ClientOptions {
  readonly client: Client;
  readonly index: number;
  readonly place: Place;
  readonly original: Original;
  readonly late: Promise<void>;
}

async function runClient(
  context: PartContext,
  cell: Cell,
  { client, index, place, original, late }: ClientOptions,
): Promise<number | undefined> {
  const { directory, signal } = context;
  const target = join(directory, `target_${index}`);
  const isUpload = cell.direction === "upload";
  const repeat = client.isBound ? 1 : repeatsOf(cell, context.rounds);
  const job: Job = {
    action: cell.direction,
    key: isUpload ? `grid/${index}` : original.key,
    path: isUpload ? original.path : target,
    ...{ count: 1, parallel: 1, repeat },
  };
  const command = await client.command(place, job);
  if (!command) return undefined;
  try {
    const run = await runTimed(command, { directory, late, signal });
    const told = run.text.trim() === ""
      ? []
      : client.readTimes?.(run.text) ?? run.text.trim().split("\n").map(Number);
    const counted = told.length > 1 ? told.slice(1) : told;
    if (counted.length > 0 && (!run.isLate || told.length > 1)) {
      if (!run.isLate) await verify(job, client, { target, original });
      return median(counted);
    }
    // It tells no times, and has done it once.
    return run.isLate ? Infinity : run.milliseconds;
  } finally {
    for (let part = 0; part < CONNECTIONS; part++) {
      if (client.isBound) await removeAny(`${target}.${part}`);
    }
    await removeAny(target);
  }
}

async function verify(
  { action }: Job,
  client: Client,
  { target, original }: { target: string; original: Original },
): Promise<void> {
  if (action !== "download" || client.isBound) return;
  if (await sumFile(target) === original.sum) return;
  throw new Error("the file has other bytes");
}

/**
 * The clients of the grid: one of ours first, as both have the same transfer,
 * those that are the same on another runtime left out, and eight connections of curl.
 *
 * @param context The part's.
 * @param size Bytes of the object.
 */
export function listClients(
  { clients, tools }: PartContext,
  size: number,
): Client[] {
  const ours = clients.filter(({ name }) => name === "S3ObjectStore");
  const others = clients.filter(({ name }) =>
    !name.endsWith("ObjectStore") && !name.endsWith("on Node")
  );
  const curl = clients.find(({ name }) => name === CURL);
  const bound = curl && tools.curl && size >= 2 ** 20
    ? [createParallelCurl(curl, tools.curl, { connections: CONNECTIONS, size })]
    : [];
  return [...ours, ...others, ...bound];
}
