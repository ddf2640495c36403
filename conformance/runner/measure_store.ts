import type { Case } from "../model/case.ts";
import type { StorePace } from "../model/pace.ts";
import { machineLoad } from "../checks/machine_load.ts";
import { settlesWithin } from "../checks/ticks.ts";
import type { RunState } from "./run_state.ts";
import { seededBytes } from "./seed.ts";
import { Workspace } from "./workspace.ts";
import * as fs from "node:fs/promises";
import { join } from "@std/path/join";

const SMALL = 1024;
const MIB = 2 ** 20;
/** The time that an operation may take on a small object, and on one of 1 MiB; what takes longer is for the cases to judge. */
const SMALL_MS = 5_000;
const LARGE_MS = 20_000;
/** The largest object that most cases move. */
const USUAL = 9 * MIB + 4_321;
/** Milliseconds that the largest object of a slow store may be under way. */
const TRANSFER_MS = 2_000;

/** A case that stands for those of the catalogue while the store is measured. */
const MEASURING: Case = {
  id: "MEASURE-0",
  clauses: [],
  level: "should",
  title: "the store is measured",
  explain: "",
  run: () => Promise.resolve(),
};

/**
 * Measures a store before the first case: what is slow gets more patience and
 * smaller objects. Nothing is judged here.
 *
 * @param run The run.
 * @returns The store's pace; `undefined` if an operation fails or does not come to its end.
 */
export async function measureStore(
  run: RunState,
): Promise<StorePace | undefined> {
  const workspace = new Workspace(run, MEASURING);
  const controller = new AbortController();
  try {
    await workspace.prepare();
    await workspace.openWire();
    return await measure(run, workspace, controller.signal);
  } catch {
    // Whatever is wrong, the cases will find it.
    return undefined;
  } finally {
    controller.abort();
    await workspace.recorder.settle(1_000);
    await workspace.recorder.close(1_000);
    await workspace.wire?.close();
    // What cannot be removed now is removed with the run's directory.
    await workspace.remove().catch(() => {});
  }
}

async function measure(
  { harness: { limits = {} }, seed }: RunState,
  workspace: Workspace,
  signal: AbortSignal,
): Promise<StorePace> {
  const store = await workspace.open();
  const options = { signal };
  async function move(size: number): Promise<{ up: number; down: number }> {
    const label = `measured-${size}`;
    const source = join(workspace.scratch, label);
    await fs.writeFile(source, seededBytes(size, seed, label));
    const to = join(workspace.root, label);
    const ms = size > SMALL ? LARGE_MS : SMALL_MS;
    const up = await time(ms, () => store.uploadObject(label, source, options));
    const down = await time(ms, () => store.downloadObject(label, to, options));
    return { up, down };
  }
  const { largestObject = Infinity } = limits;
  // The first operations open connections and load code.
  await move(Math.min(SMALL, largestObject));
  const name = `measured-${Math.min(SMALL, largestObject)}`;
  const requestMs = await time(
    SMALL_MS,
    () => store.getObjectSize(name, options),
  );
  const size = Math.min(MIB, largestObject);
  const { up, down } = await move(size);
  // What each request costs says nothing about bytes.
  const rate = (ms: number) =>
    Math.round(1000 * size / Math.max(1, ms - requestMs));
  const pace = {
    requestMs: Math.round(requestMs),
    uploadRate: rate(up),
    downloadRate: rate(down),
    load: Math.round(10 * machineLoad()) / 10,
  };
  const largestTried = chooseLargest(pace, limits.partSize);
  return largestTried === undefined ? pace : { ...pace, largestTried };
}

/** Chooses a size that moves within two seconds, and more than two parts where these are not much larger; `undefined` where that is no less than usual. */
function chooseLargest(
  { uploadRate, downloadRate }: Pick<StorePace, "uploadRate" | "downloadRate">,
  partSize = 0,
): number | undefined {
  const rate = Math.min(uploadRate, downloadRate);
  const parts = Math.min(2 * partSize, USUAL) + 4_321;
  const bytes = Math.round(rate * TRANSFER_MS / 1000);
  const largest = Math.max(MIB + 4_321, parts, bytes);
  return largest < USUAL ? largest : undefined;
}

/** Milliseconds of an operation. */
async function time(
  most: number,
  operation: () => Promise<unknown>,
): Promise<number> {
  const start = performance.now();
  const promise = operation();
  const isDone = await settlesWithin(most, promise);
  if (!isDone) throw new Error(`no end within ${most} ms`);
  await promise;
  return performance.now() - start;
}
