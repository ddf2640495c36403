import { read, writeSync } from "node:fs";
import process from "node:process";
import type { Case, ChildContext } from "../../model/case.ts";
import {
  CHILD_TASK,
  type ChildMessage,
  type ChildTask,
  LineSplitter,
  MARKER,
} from "./child_protocol.ts";
import { describeError } from "../../checks/error_chain.ts";
import { defineHarness } from "../../model/define_harness.ts";
import type { Harness } from "../../model/harness.ts";
import { Recorder } from "../watch/recorder.ts";
import { isMain } from "./is_main.ts";

const STDIN = 0;
const POLL_MS = 5;

// Not awaited: the module of the cases that it loads may import this one, and would wait for its end.
if (isMain(import.meta)) runChild();

/** Runs the `child` of one case. The process ends by itself afterwards: a case measures that. */
export async function runChild(): Promise<void> {
  const task: ChildTask = JSON.parse(process.env[CHILD_TASK] ?? "null");
  if (task.cwd !== undefined) process.chdir(task.cwd);
  const recorder = new Recorder(task.id, {
    onMove() {},
    onError() {},
    onUpload() {},
  });
  let by: "harness" | "case" = "harness";
  try {
    const { default: exported } = await import(task.harness);
    const harness = defineHarness(exported);
    by = "case";
    const c = await findCase(task);
    tell({ type: "loaded" });
    await c.child?.(makeContext(task, harness, recorder, (who) => by = who));
    tell({ type: "done" });
  } catch (error) {
    tell({
      type: "thrown",
      by: recorder.findRejected(error) ? "store" : by,
      lines: describeError(error),
    });
    process.exitCode = 1;
  }
}

async function findCase({ cases, id }: ChildTask): Promise<Case> {
  const list: readonly Case[] = cases === undefined
    ? (await import("../../cases/catalogue.ts")).catalogue
    : (await import(cases)).default;
  const found = list.find((c) => c.id === id);
  if (found?.child) return found;
  throw new TypeError(`Cannot start a process as case ${id} has no child`);
}

function makeContext(
  { place, input }: ChildTask,
  harness: Harness,
  recorder: Recorder,
  setCulprit: (by: "harness" | "case") => void,
): ChildContext {
  const wait = makeWait();
  return {
    input,
    async open() {
      setCulprit("harness");
      const store = await harness.open(place);
      setCulprit("case");
      return recorder.record(store, place);
    },
    emit(name, data) {
      tell({ type: "event", name, data });
      return Promise.resolve();
    },
    wait,
  };
}

/** Reads standard input only while it waits, so that reading does not keep the process alive. */
function makeWait(): (name: string) => Promise<void> {
  const lines = new LineSplitter();
  const received: string[] = [];
  const buffer = new Uint8Array(1024);
  return async (name) => {
    for (;;) {
      const index = received.indexOf(name);
      if (index !== -1) {
        received.splice(index, 1);
        return;
      }
      const count = await readInput(buffer);
      if (count === 0) {
        throw new Error(`Cannot wait for "${name}" as the run has ended`);
      }
      received.push(
        ...lines.push(buffer.subarray(0, count)).map((line) =>
          JSON.parse(line)
        ),
      );
    }
  };
}

/** Not `process.stdin`: that reads ahead, and then keeps the process alive. */
async function readInput(buffer: Uint8Array): Promise<number> {
  for (;;) {
    try {
      return await readOnce(buffer);
    } catch (error) {
      if ((error as { code?: unknown }).code !== "EAGAIN") throw error;
      // Node gives its children a pipe that does not wait for what is written.
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
}

function readOnce(buffer: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    read(STDIN, buffer, 0, buffer.length, null, (error, count) => {
      if (error) reject(error);
      else resolve(count);
    });
  });
}

function tell(message: ChildMessage): void {
  // The line break before it ends what a store may have printed.
  const line = new TextEncoder().encode(
    `\n${MARKER}${JSON.stringify(message)}\n`,
  );
  for (let at = 0; at < line.length;) at += writeSync(1, line.subarray(at));
}
