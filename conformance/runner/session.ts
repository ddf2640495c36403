import * as fs from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "@std/path/join";
import type { Case } from "../model/case.ts";
import { describeError } from "../checks/error_chain.ts";
import { connect } from "../language/connect.ts";
import type { CommandHarness, Harness } from "../model/harness.ts";
import { type LeftoverPlace, Manifest } from "./manifest.ts";
import type { RunOptions } from "./run_options.ts";
import type { RunMemory, RunState } from "./run_state.ts";
import { randomSeed } from "./seed.ts";
import { countTicks, drainEventLoop, settlesWithin } from "../checks/ticks.ts";
import { Lateness } from "./watch/lateness.ts";
import { snapshotGlobals } from "./watch/watch_globals.ts";
import { currentCase, watchRejections } from "./watch/watch_rejections.ts";
import { removeTree } from "./workspace.ts";

const CLEANUP_MS = 60_000;
const POLL_MS = 10;

/** Remains of a run that has cleaned up. */
export interface SessionEnd {
  /** Objects that may still be there. */
  readonly leftovers: readonly string[];
  /** The same by prefix. */
  readonly leftoverPlaces: readonly LeftoverPlace[];
  /** The reason why cleaning up failed, if it did. */
  readonly cleanupError?: string;
}

/** A run from its first case to its cleaning up. */
export interface Session {
  /** The state that its cases share. */
  readonly run: RunState;
  /** Stops the cases that still run, and cleans up. Never rejects. */
  close(): Promise<SessionEnd>;
}

/** An empty {@linkcode RunMemory}; the process is taken as it is now. */
export function newMemory(): RunMemory {
  return {
    methods: new Set(),
    errorsSeen: [],
    unhandled: [],
    globals: snapshotGlobals(),
  };
}

/**
 * Begins a run: makes its directory and starts to listen for rejections that
 * nobody handles.
 *
 * @param given The harness.
 * @param selected The cases that will run.
 * @param options The run's options.
 * @param memory What earlier sessions remember. @default Nothing.
 * @throws {CommandError} If the harness has a command that does not start, or does not speak the protocol.
 */
export async function openSession(
  given: Harness | CommandHarness,
  selected: readonly Case[],
  options: Pick<
    RunOptions,
    "seed" | "signal" | "casesModule" | "caseTimeoutMs"
  >,
  memory?: RunMemory,
): Promise<Session> {
  const { harness, pool } = await connect(given);
  const seed = options.seed ?? randomSeed();
  // What an earlier run with this seed has left must not be found.
  const prefix = `conformance-${seed}-${randomSeed()}`;
  const directory = await fs.mkdtemp(join(tmpdir(), `${prefix}-`));
  const manifest = new Manifest(join(directory, "manifest.jsonl"));
  manifest.add({ kind: "directory", at: directory });
  manifest.add({ kind: "prefix", at: prefix });

  const controller = new AbortController();
  const onAbort = () => controller.abort();
  options.signal?.addEventListener("abort", onAbort);
  const running: RunState["running"] = new Map();
  const hasRejectionCase = selected.some(({ judgesRun }) =>
    judgesRun === "rejections"
  );
  const unhandled: RunMemory["unhandled"] = memory?.unhandled ?? [];
  const unwatch = watchRejections((error) => {
    const current = currentCase.getStore();
    if (current !== undefined && current.running !== running) return;
    const isKnown = current !== undefined && running.has(current.case);
    const blamed = isKnown ? [current.case] : [...running.keys()];
    unhandled.push({ error, during: blamed.map(({ id }) => id) });
    if (hasRejectionCase && blamed.length !== 1) return;
    for (const c of blamed) running.get(c)?.push(error);
  });
  const lateness = new Lateness();
  const run: RunState = {
    harness,
    pool,
    seed,
    prefix,
    directory,
    findUpstream: upstreamFinder(harness, prefix),
    manifest,
    casesModule: options.casesModule,
    caseTimeoutMs: options.caseTimeoutMs,
    lateness,
    signal: controller.signal,
    memory: memory ?? { ...newMemory(), unhandled },
    running,
    hasRejectionCase,
  };
  return {
    run,
    async close() {
      controller.abort();
      await waitUntilEmpty(running);
      await pool?.close();
      options.signal?.removeEventListener("abort", onAbort);
      const outcome = await cleanUp(run);
      await drainEventLoop();
      lateness.stop();
      unwatch();
      return outcome;
    },
  };
}

/** Asks the harness when the first case wants to know. */
function upstreamFinder(
  { upstream }: Harness,
  prefix: string,
): RunState["findUpstream"] {
  if (upstream === undefined) return undefined;
  if (typeof upstream === "string") return () => Promise.resolve(upstream);
  let found: Promise<string> | undefined;
  return () => found ??= (async () => await upstream(prefix))();
}

async function waitUntilEmpty(running: RunState["running"]): Promise<void> {
  while (running.size > 0) await countTicks(POLL_MS).over;
}

async function cleanUp(
  { harness, prefix, directory, manifest }: RunState,
): Promise<SessionEnd> {
  const errors: string[] = [];
  if (harness.cleanup) {
    try {
      const done = Promise.resolve(harness.cleanup(prefix));
      if (await settlesWithin(CLEANUP_MS, done)) await done;
      else errors.push(`cleanup() took longer than ${CLEANUP_MS} ms`);
    } catch (error) {
      errors.push(`cleanup() failed: ${describeError(error).join(", by ")}`);
    }
  }
  const isClean = harness.cleanup !== undefined && errors.length === 0;
  try {
    await removeTree(directory);
  } catch (error) {
    errors.push(`cannot remove ${directory}: ${describeError(error)[0]}`);
  }
  return {
    leftovers: isClean ? [] : manifest.objects,
    leftoverPlaces: isClean ? [] : manifest.places,
    ...(errors.length > 0 ? { cleanupError: errors.join("; ") } : {}),
  };
}
