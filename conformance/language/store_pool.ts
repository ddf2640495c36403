import { CaseStop } from "../model/case_stop.ts";
import type { ProcessChange } from "../model/case.ts";
import type { Harness, HarnessContext } from "../model/harness.ts";
import type { ObjectStore } from "../../src/object_store.ts";
import { openForeignStore } from "./foreign_store.ts";
import {
  ForeignError,
  type StoreCommand,
  StoreProcess,
} from "./store_process.ts";

/**
 * The processes of a run: as many as cases run at once. Each is lent to one case at a time, so that
 * a crash can be blamed on a case, and what hangs in it ended.
 */
export class StorePool {
  /** The command that starts each. */
  readonly command: StoreCommand;
  readonly #idle: StoreProcess[] = [];
  readonly #leases = new Set<StoreLease>();
  #isClosed = false;

  /** @param command How processes are started. @param first One that runs already. */
  constructor(command: StoreCommand, first: StoreProcess) {
    this.command = command;
    this.#idle.push(first);
  }

  /** Lends a process, which is started when the first store is opened. */
  lend(): StoreLease {
    const lease: StoreLease = new StoreLease(
      () => this.#take(),
      (process) => this.#giveBack(lease, process),
    );
    this.#leases.add(lease);
    return lease;
  }

  /** Ends all processes. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#leases].map((lease) => lease.end()));
    await Promise.all(this.#idle.splice(0).map((process) => process.kill()));
  }

  async #take(): Promise<StoreProcess> {
    return this.#idle.pop() ?? await StoreProcess.start(this.command);
  }

  async #giveBack(
    lease: StoreLease,
    process: StoreProcess | undefined,
  ): Promise<void> {
    this.#leases.delete(lease);
    if (process === undefined) return;
    if (process.isIdle && !this.#isClosed) this.#idle.push(process);
    else await process.kill();
  }
}

/** One process, for one case. */
export class StoreLease {
  /** Resolves with what ends the case, if something does: a crash, garbage, or a power that the store lacks. */
  readonly stopped: Promise<CaseStop>;
  readonly #take: () => Promise<StoreProcess>;
  readonly #giveBack: (process: StoreProcess | undefined) => Promise<void>;
  readonly #stop: (problem: CaseStop) => void;
  #problem: CaseStop | undefined;
  #taken: Promise<StoreProcess> | undefined;
  #process: StoreProcess | undefined;
  #ended: Promise<void> | undefined;

  /** @param take Gives the process. @param giveBack Takes it back. */
  constructor(
    take: () => Promise<StoreProcess>,
    giveBack: (process: StoreProcess | undefined) => Promise<void>,
  ) {
    const { promise, resolve } = Promise.withResolvers<CaseStop>();
    this.stopped = promise;
    this.#take = take;
    this.#giveBack = giveBack;
    this.#stop = (problem) => {
      if (this.#ended !== undefined) return;
      this.#problem ??= problem;
      resolve(problem);
    };
  }

  /** The reason to end the case, if one has been found. */
  get problem(): CaseStop | undefined {
    return this.#problem;
  }

  /** The process, once a store is open. */
  get process(): StoreProcess | undefined {
    return this.#process;
  }

  /** Takes the process, if it is not taken yet. @throws {CaseStop} If it does not start. */
  take(): Promise<StoreProcess> {
    return this.#taken ??= this.#start();
  }

  /** Changes what the process is. A power that it does not declare ends the case. */
  async become(change: ProcessChange): Promise<void> {
    const process = await this.take();
    if (!process.can("become")) {
      process.fail(
        new CaseStop(
          "unverified",
          "the store does not declare the power 'become'",
        ),
      );
    }
    try {
      await process.send({ do: "become", ...change }).answer;
    } catch (error) {
      if (error instanceof CaseStop) throw error;
      throw new CaseStop(
        "unverified",
        `the store's process could not become another: ${
          (error as Error).message
        }`,
      );
    }
  }

  /** Opens a store. @throws {CaseStop} If the process cannot. */
  async open(
    { prefix, directory, endpoint }: HarnessContext,
    as?: "forbidden" | "missing-bucket",
  ): Promise<ObjectStore> {
    const process = await this.take();
    const request = process.send({
      do: "open",
      prefix,
      directory,
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(as === undefined ? {} : { as }),
    });
    let handle: unknown;
    try {
      handle = await request.answer;
    } catch (error) {
      if (!(error instanceof ForeignError)) throw error;
      throw explainOpen(error);
    }
    return openForeignStore(process, handle);
  }

  /** The harness's members that open a store, through this lease. */
  bind(harness: Harness): Harness {
    return {
      ...harness,
      open: (ctx) => this.open(ctx),
      ...(harness.openAt && {
        openAt: (endpoint, ctx) => this.open({ ...ctx, endpoint }),
      }),
      ...(harness.openForbidden && {
        openForbidden: (ctx) => this.open(ctx, "forbidden"),
      }),
      ...(harness.openMissingBucket && {
        openMissingBucket: (ctx) => this.open(ctx, "missing-bucket"),
      }),
    };
  }

  /** Gives the process back; one that still does something is ended. */
  end(): Promise<void> {
    return this.#ended ??= this.#end();
  }

  async #end(): Promise<void> {
    await this.#giveBack(await this.#taken?.catch(() => undefined));
  }

  async #start(): Promise<StoreProcess> {
    const process = await this.#take();
    process.begin(this.#stop);
    this.#process = process;
    return process;
  }
}

function explainOpen({ failure }: ForeignError): CaseStop {
  const { lacks, type, message = "", cause = [] } = failure;
  if (lacks !== undefined) return new CaseStop("unverified", lacks);
  const lines = [
    type === undefined ? message : `${type}: ${message}`,
    ...cause,
  ];
  return new CaseStop(
    "error",
    `the store's process could not open the store: ${lines.join(", by ")}`,
  );
}
