import type { Action, Client, Job, Place } from "./clients/client.ts";
import type { PartContext } from "./parts/part.ts";
import { measureProcess, type Run } from "./process/measure_process.ts";
import { median } from "./report/statistics.ts";
import { type Column, FORMATS, type Row, type Table } from "./report/table.ts";

/** Jobs of a kind; none of their methods is timed. */
export interface Jobs {
  /** Makes everything ready for a job, and says what it is. */
  prepare(action: Action): Promise<Job>;
  /**
   * Looks at what a client has done.
   *
   * @throws {Error} If that is not what the job said.
   */
  verify(job: Job): Promise<void>;
}

/** What {@linkcode compareClients} is given. */
export interface Comparison {
  /** The part, for the tables. */
  readonly part: string;
  /** What is done, each with the title of its table. */
  readonly titles: Readonly<Partial<Record<Action, string>>>;
  /** The clients. */
  readonly clients: readonly Client[];
  /** The name of the client that the others are compared with; the first if it is not here. */
  readonly base: string;
  /** Where to. */
  readonly place: Place;
  /** Bytes of the object, where one is moved. */
  readonly size?: number;
  /** How much one job moves, and in what unit a rate is shown. */
  readonly amount: { readonly value: number; readonly unit: string };
  /** What the clients do. */
  readonly jobs: Jobs;
}

/** What one client did in all rounds, or why not. */
interface Outcome {
  readonly runs: Run[];
  note?: string;
}

/**
 * Has every client do the same jobs, in turn in each round, so that whatever
 * else the machine does hits all of them. What the first round did is looked
 * at, and does not count.
 *
 * @param context The rounds, and with what to measure.
 * @param comparison Who does what.
 * @returns A table for each action.
 */
export async function compareClients(
  context: PartContext,
  comparison: Comparison,
): Promise<Table[]> {
  const { clients, titles } = comparison;
  const actions = Object.keys(titles) as Action[];
  const outcomes = new Map<string, Outcome>();
  for (let round = 0; round <= context.rounds; round++) {
    for (const client of clients) {
      for (const action of actions) {
        const key = `${client.name} ${action}`;
        const outcome = outcomes.get(key) ?? { runs: [] };
        outcomes.set(key, outcome);
        if (outcome.note !== undefined) continue;
        const stage = [context.server?.name, comparison.part].filter(Boolean);
        context.progress.show(
          `${stage.join(" ")}: ${nameRound(round, context.rounds)}`,
          key,
        );
        try {
          const run = await runJob(
            context,
            { comparison, client, action },
            round,
          );
          if (!run) outcome.note = "has no such command";
          else if (round > 0) outcome.runs.push(run);
        } catch (error) {
          context.signal.throwIfAborted();
          outcome.note = `failed: ${(error as Error).message}`;
        }
      }
    }
  }
  return actions.map((action) =>
    createTable(context, { comparison, action, outcomes })
  );
}

function nameRound(round: number, rounds: number): string {
  return round === 0 ? "warm-up" : `round ${round} of ${rounds}`;
}

async function runJob(
  { directory, tools, signal }: PartContext,
  { comparison: { place, jobs }, client, action }: {
    comparison: Comparison;
    client: Client;
    action: Action;
  },
  round: number,
): Promise<Run | undefined> {
  const job = await jobs.prepare(action);
  const command = await client.command(place, job);
  if (!command) return undefined;
  const { python } = tools;
  const run = await measureProcess(command, { directory, python, signal });
  if (round === 0 && !client.isBound) await jobs.verify(job);
  return run;
}

function createTable(
  { missing, server }: PartContext,
  { comparison, action, outcomes }: {
    comparison: Comparison;
    action: Action;
    outcomes: Map<string, Outcome>;
  },
): Table {
  const { amount, clients, part, size, titles } = comparison;
  const { name: base } = clients.find(({ name }) => name === comparison.base) ??
    clients[0] ?? { name: comparison.base };
  const columns: Column[] = [
    { key: "client", title: "client" },
    { key: "median", title: "median", format: FORMATS.milliseconds },
    { key: "rate", title: amount.unit, format: FORMATS.rate },
    { key: "ratio", title: `to ${base}`, format: FORMATS.ratio },
    { key: "cpuSeconds", title: "CPU", format: FORMATS.seconds },
    { key: "peakRss", title: "peak RSS", format: FORMATS.memory },
  ];
  const find = (name: string) => outcomes.get(`${name} ${action}`);
  const baseTime = median(takeTimes(find(base)?.runs));
  const rows = clients.map(({ name }): Row => {
    const { runs = [], note } = find(name) ?? {};
    if (note !== undefined) return { client: name, note };
    const times = takeTimes(runs);
    const time = median(times);
    return {
      client: name,
      median: time,
      rate: amount.value / time * 1000,
      ratio: baseTime / time,
      cpuSeconds: median(runs.map((run) => run.cpuSeconds ?? NaN)),
      peakRss: Math.max(...runs.map((run) => run.peakRss ?? NaN)),
      times,
    };
  });
  return {
    part,
    ...server ? { server: server.name } : {},
    ...size === undefined ? {} : { size },
    title: titles[action] ?? action,
    columns,
    rows: [
      ...rows,
      ...missing.map(({ name, reason }): Row => ({
        client: name,
        note: `skipped: ${reason}`,
      })),
    ],
  };
}

function takeTimes(runs: readonly Run[] = []): number[] {
  return runs.map((run) => run.milliseconds);
}
