import { chmodSync, mkdirSync, statSync } from "node:fs";
import * as fs from "node:fs/promises";
import { join } from "@std/path/join";
import type { Case, ChildOptions } from "../model/case.ts";
import { CaseStop } from "../model/case_stop.ts";
import { METHOD_OF } from "../model/capability.ts";
import { CaseChild } from "./process/child.ts";
import { describeError } from "../checks/error_chain.ts";
import type { Span } from "../checks/spans.ts";
import { FaultProxy } from "../faults/fault_proxy.ts";
import { TcpFaultProxy } from "../faults/tcp_fault_proxy.ts";
import {
  type Harness,
  type HarnessContext,
  wireOf as harnessWire,
} from "../model/harness.ts";
import type { StoreLease } from "../language/store_pool.ts";
import type { ObjectStore } from "../../src/object_store.ts";
import { Recorder } from "./watch/recorder.ts";
import { Patience } from "./patience.ts";
import type { RunState } from "./run_state.ts";
import { settlesWithin } from "../checks/ticks.ts";
import { ResidueWatcher } from "./watch/watch_residue.ts";

const REMOVE_MS = 5_000;
const DEFAULT_TIMEOUT_MS = 30_000;

/** Where {@linkcode Workspace.open} opens: see `CaseContext.open`. */
export interface PlaceOptions {
  /** Further segments of the prefix. */
  segment?: string;
  /** The text that the last segment of the prefix gets at its end. */
  sibling?: string;
}

/** Everything one case has for itself: prefix, directories, stores, processes. */
export class Workspace {
  /** The destination root. */
  readonly root: string;
  /** The directory for everything else. */
  readonly scratch: string;
  /** The recorder around the stores. */
  readonly recorder: Recorder;
  /** The watcher that looks for residue in the root. */
  readonly residue: ResidueWatcher;
  /** The time that the case waits for its store. */
  readonly patience: Patience;
  readonly #run: RunState;
  readonly #case: Case;
  readonly #label: string;
  readonly #directory: string;
  readonly #children: CaseChild[] = [];
  /** Where objects may be. */
  readonly #places = new Map<string, HarnessContext>();
  readonly #harness: Harness;
  readonly #lease: StoreLease | undefined;
  #wire: FaultProxy | TcpFaultProxy | undefined;
  #isOver = false;

  /** @param run The run. @param c The case. @param label The name of the place, which another try must not share. @default The case's id. */
  constructor(run: RunState, c: Case, label = c.id.toLowerCase()) {
    this.#run = run;
    this.#case = c;
    this.#lease = run.pool?.lend();
    this.#harness = this.#lease?.bind(run.harness) ?? run.harness;
    this.#label = label;
    this.#directory = join(run.directory, label);
    this.root = join(this.#directory, "landing", "root");
    this.scratch = join(this.#directory, "scratch");
    this.residue = new ResidueWatcher(this.root);
    const directory = this.#directory;
    const passed = () => this.#wire?.passed ?? 0;
    const parts = { passed, directory };
    this.patience = new Patience(findQuietTime(run, c), parts, run.memory.pace);
    this.recorder = new Recorder(c.id, {
      onMove: this.patience.movement.tell,
      onError: (error) => run.memory.errorsSeen.push(error),
      onUpload: (place, name, source) => {
        this.#places.set(place.prefix, place);
        run.manifest.add({
          kind: "object",
          at: place.prefix,
          name: String(name),
          bytes: sizeOf(source),
        });
      },
    });
  }

  /** Makes the directories. */
  async prepare(): Promise<void> {
    const { manifest } = this.#run;
    manifest.add({ kind: "directory", at: this.#directory });
    for (const path of [this.root, this.scratch, this.placeOf().directory]) {
      await fs.mkdir(path, { recursive: true });
    }
  }

  /** The process of a store in another language, for this case. */
  get lease(): StoreLease | undefined {
    return this.#lease;
  }

  /** The proxy in front of the service; `undefined` if the harness gives no `upstream`, and before it is open. */
  get wire(): FaultProxy | TcpFaultProxy | undefined {
    return this.#wire;
  }

  /** The proxy, if it speaks HTTP. */
  get httpWire(): FaultProxy | undefined {
    return this.#wire instanceof FaultProxy ? this.#wire : undefined;
  }

  /** The proxy, if it speaks any other protocol. */
  get tcpWire(): TcpFaultProxy | undefined {
    return this.#wire instanceof TcpFaultProxy ? this.#wire : undefined;
  }

  /** Opens the proxy, if the harness gives `upstream`. */
  async openWire(): Promise<void> {
    const { harness, findUpstream } = this.#run;
    if (findUpstream === undefined) return;
    const { dialect, tls, resign, secrets } = harness;
    let upstream: string;
    try {
      upstream = await findUpstream();
    } catch (error) {
      throw new CaseStop(
        "error",
        `the harness's upstream() threw ${describeError(error).join(", by ")}`,
      );
    }
    try {
      const options = { dialect, tls, resign, secrets };
      this.#wire = harnessWire(harness) === "tcp"
        ? await TcpFaultProxy.open(upstream)
        : await FaultProxy.open(upstream, options);
    } catch (error) {
      throw new CaseStop(
        "error",
        `the harness's 'upstream' is no use: ${describeError(error)[0]}`,
      );
    }
    if (this.#isOver) await this.#wire.close();
    this.#checkTime();
  }

  /** The harness's context for the case's prefix or one beside or below it. */
  placeOf({ segment, sibling }: PlaceOptions = {}): HarnessContext {
    const { prefix } = this.#run;
    // The fixed ending keeps a sibling apart from the prefix of every other case.
    const own = `${prefix}/${this.#label}-case`;
    const endpoint = this.#wire?.url;
    return {
      prefix: `${own}${sibling ?? ""}${segment ? `/${segment}` : ""}`,
      directory: join(this.#directory, "store"),
      ...(endpoint === undefined ? {} : { endpoint }),
    };
  }

  /** Opens one more store. */
  async open(
    options: PlaceOptions = {},
    member: "open" | "openMissingBucket" | "openForbidden" = "open",
  ): Promise<ObjectStore> {
    const place = this.placeOf(options);
    return await this.#open(
      member,
      place,
      () => this.#harness[member]?.(place),
    );
  }

  /** Opens a store whose service is at this URL, with the harness's `openAt`. */
  async openAt(url: string): Promise<ObjectStore> {
    const place = this.placeOf();
    return await this.#open(
      "openAt",
      place,
      () => this.#harness.openAt?.(url, place),
    );
  }

  /** Opens a store whose service is at this URL, with the harness's `openTrusting`. */
  async openTrusting(
    url: string,
    caCerts: readonly string[],
  ): Promise<ObjectStore> {
    const { harness } = this.#run;
    const place = this.placeOf();
    return await this.#open(
      "openTrusting",
      place,
      () => harness.openTrusting?.(url, place, caCerts),
    );
  }

  async #open(
    member: string,
    place: HarnessContext,
    run: () => ObjectStore | Promise<ObjectStore> | undefined,
  ): Promise<ObjectStore> {
    this.#checkTime();
    this.#run.manifest.add({ kind: "prefix", at: place.prefix });
    let store: ObjectStore | undefined;
    try {
      store = await run();
    } catch (error) {
      // What the process of a store in another language has to say is said already.
      if (this.#lease !== undefined && error instanceof CaseStop) throw error;
      throw new CaseStop(
        "error",
        `the harness's ${member}() threw ${describeError(error).join(", by ")}`,
      );
    }
    if (typeof store !== "object" || store === null) {
      throw new CaseStop(
        "error",
        `the harness's ${member}() must return an ObjectStore: it returned ${store}`,
      );
    }
    const members = store as unknown as Record<string, unknown>;
    for (const method of Object.values(METHOD_OF)) {
      if (typeof members[method] !== "function") continue;
      this.#run.memory.methods.add(method);
    }
    const recorded = this.recorder.record(store, place);
    if (this.#isOver) await this.recorder.close(0);
    this.#checkTime();
    return recorded;
  }

  /** A store that other processes cannot open gets a directory of its own in each. */
  #placeOfChild(): HarnessContext {
    const place = this.placeOf();
    const { capabilities = [] } = this.#run.harness;
    if (capabilities.includes("process")) return place;
    const directory = join(
      place.directory,
      `process-${this.#children.length + 1}`,
    );
    mkdirSync(directory, { recursive: true });
    // Whatever the umask is: cases may let another user in.
    chmodSync(directory, 0o777);
    return { ...place, directory };
  }

  /** Starts the case's `child`. */
  startChild(input: unknown, options: ChildOptions): CaseChild {
    const { harness, pool, casesModule } = this.#run;
    if (harness.module === undefined) {
      throw new CaseStop("unverified", "the harness gives no 'module'");
    }
    const { id } = this.#case;
    const place = this.#placeOfChild();
    this.#checkTime();
    try {
      const child = new CaseChild(
        this.#case,
        {
          harness: pool?.command ?? harness.module,
          cases: casesModule,
          id,
          place,
          input,
        },
        { cwd: this.scratch, ...options },
        this.patience.movement.tell,
      );
      this.#children.push(child);
      return child;
    } catch (error) {
      throw new CaseStop(
        "unverified",
        `no process can be started: ${describeError(error)[0]}`,
      );
    }
  }

  /** The operations of the case that have rejected as transient, in whichever process: from when to when each has run. */
  get transientErrors(): readonly Span[] {
    return [
      ...this.recorder.transientErrors,
      ...this.#children.flatMap(({ transientErrors }) => transientErrors),
    ];
  }

  /** Ends the processes that are still there. Nothing can be opened or started from now on. */
  async stopChildren(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#children.map((child) => child.stop()));
  }

  /** Gives back the store's process, removes the directories, and the objects that the harness does not remove itself, where it has an oracle. */
  async remove(): Promise<void> {
    await this.#lease?.end();
    await this.#removeObjects();
    await removeTree(this.#directory);
  }

  async #removeObjects(): Promise<void> {
    const { harness: { cleanup, oracle }, manifest } = this.#run;
    if (cleanup !== undefined || oracle === undefined) return;
    // What is still going on may store an object after it was removed.
    if (this.recorder.pending.length > 0) return;
    const objects = [...this.#places].flatMap(([prefix, place]) =>
      manifest.namesAt(prefix).map((name) => ({ prefix, place, name }))
    );
    for (const { prefix, place, name } of objects) {
      try {
        const removing = oracle.delete(name, place);
        if (!await settlesWithin(REMOVE_MS, removing)) return;
        await removing;
      } catch {
        // Such as one that the proxy is in front of, which is closed by now: the rest is told as left.
        return;
      }
      manifest.remove(prefix, name);
    }
  }

  /** A case that took too long may still be running. */
  #checkTime(): void {
    if (this.#isOver) throw new CaseStop("error", "the case is over");
  }
}

/** The size of a file that is about to be uploaded, as far as it can be told. */
function sizeOf(source: unknown): number {
  if (typeof source !== "string" && !(source instanceof URL)) return 0;
  try {
    return statSync(source, { throwIfNoEntry: false })?.size ?? 0;
  } catch {
    // The store will say what is wrong with it.
    return 0;
  }
}

/** The own time of a case is what it needs at least, as where a service is silent on purpose; the run's may be longer. */
function findQuietTime({ caseTimeoutMs }: RunState, c: Case): number {
  if (caseTimeoutMs === undefined) return c.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  return Math.max(c.timeoutMs ?? 0, caseTimeoutMs);
}

/** Removes a directory with everything in it, also what was made read-only. */
export async function removeTree(directory: string): Promise<void> {
  const options = { recursive: true, force: true };
  try {
    await fs.rm(directory, options);
  } catch {
    await makeWritable(directory);
    await fs.rm(directory, options);
  }
}

async function makeWritable(directory: string): Promise<void> {
  await fs.chmod(directory, 0o700);
  for (const entry of await fs.readdir(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) await makeWritable(join(directory, entry.name));
  }
}
