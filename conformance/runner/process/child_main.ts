import { read, writeSync } from "node:fs";
import process from "node:process";
import { CaseStop } from "../../model/case_stop.ts";
import type { Case, ChildContext, ProcessChange } from "../../model/case.ts";
import {
  CHILD_TASK,
  type ChildMessage,
  type ChildTask,
  LineSplitter,
  MARKER,
} from "./child_protocol.ts";
import { countTicks } from "../../checks/ticks.ts";
import { describeError, isTransientError } from "../../checks/error_chain.ts";
import type { ObjectStore } from "../../../src/object_store.ts";
import type { CommandHarness, Harness } from "../../model/harness.ts";
import type { StoreLease } from "../../language/store_pool.ts";
import { defineHarness } from "../../model/define_harness.ts";
import { connect, type Connection } from "../../language/connect.ts";
import { Recorder } from "../watch/recorder.ts";
import { isMain } from "./is_main.ts";

const STDIN = 0;
const POLL_MS = 5;

const END_MS = 10_000;

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
    const connection = await connect(await loadHarness(task));
    const foreign = await follow(connection);
    by = "case";
    const c = await findCase(task);
    tell({ type: "loaded" });
    const setCulprit = (who: typeof by) => by = who;
    await c.child?.(
      makeContext(task, connection, { recorder, setCulprit, ...foreign }),
    );
    if (foreign.lease?.problem !== undefined) throw foreign.lease.problem;
    tell({ type: "done" });
    await endByItself(foreign.lease);
  } catch (error) {
    if (error instanceof CaseStop) {
      tell({ type: "stopped", status: error.status, message: error.message });
    }
    const { transientErrors } = recorder;
    const rejected = recorder.findRejected(error);
    const span = rejected && isTransientError(error)
      ? transientErrors.at(-1)
      : undefined;
    tell({
      type: "thrown",
      by: rejected ? "store" : by,
      lines: describeError(error),
      ...(span && { transientAfter: span.to - span.from }),
    });
    process.exitCode = 1;
  }
}

async function loadHarness(
  { harness, place }: ChildTask,
): Promise<Harness | CommandHarness> {
  if (typeof harness !== "string") {
    // Where the service is, only the harness of the run may say: without it there would be no `openAt`.
    const { endpoint: upstream } = place;
    return defineHarness({ ...harness, ...(upstream && { upstream }) });
  }
  return defineHarness((await import(harness)).default);
}

/** Takes a store's process for this one: it works where this one does, and what happens to it ends the case. */
async function follow(
  { pool }: Connection,
): Promise<{ lease?: StoreLease }> {
  if (pool === undefined) return {};
  const lease = pool.lend();
  const child = await lease.take();
  tell({ type: "store", pid: child.pid });
  const cwd = process.cwd();
  if (cwd !== pool.command.cwd && child.can("become")) {
    await child.send({ do: "become", cwd }).answer;
  }
  lease.stopped.then(({ status, message }) =>
    tell({ type: "stopped", status, message })
  );
  return { lease };
}

/** Lets the store's process end as this one will: by itself, once nothing is left to do. Not for ever: the case that is about this has less time. */
async function endByItself(lease: StoreLease | undefined): Promise<void> {
  const child = lease?.process;
  if (child === undefined) return;
  const ticks = countTicks(END_MS);
  const status = await Promise.race([child.end(), ticks.over]);
  // A timer would keep this process.
  ticks.stop();
  if (status === undefined) return await child.kill();
  const { code, signal } = status;
  if (code === 0) return;
  console.error(child.errors.join("\n"));
  console.error(`the store's process ended with ${signal ?? `code ${code}`}`);
  process.exitCode = 1;
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
  connection: Connection,
  { recorder, setCulprit, lease }: {
    recorder: Recorder;
    setCulprit: (by: "harness" | "case") => void;
    lease?: StoreLease;
  },
): ChildContext {
  const harness = lease?.bind(connection.harness) ?? connection.harness;
  const wait = makeWait();
  async function record(
    open: () => ObjectStore | Promise<ObjectStore>,
  ): Promise<ObjectStore> {
    setCulprit("harness");
    const store = await open();
    setCulprit("case");
    return recorder.record(store, place);
  }
  return {
    input,
    open: () => record(() => harness.open(place)),
    openAt: (url) =>
      record(() => {
        if (harness.openAt) return harness.openAt(url, place);
        throw new TypeError("Cannot open a store as there is no 'openAt'");
      }),
    async become(change) {
      // The store's process first: this one may have no right to anything afterwards.
      await lease?.become(change);
      becomeHere(change);
    },
    emit(name, data) {
      tell({ type: "event", name, data });
      return Promise.resolve();
    },
    wait,
  };
}

function becomeHere({ umask, gid, uid }: ProcessChange): void {
  if (umask !== undefined) process.umask(umask);
  if (gid !== undefined) process.setgid?.(gid);
  if (uid !== undefined) process.setuid?.(uid);
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
