import type {
  DownloadOptions,
  ObjectStore,
  UploadOptions,
} from "../../src/object_store.ts";
import type { Capability } from "./capability.ts";
import type { HarnessContext, HarnessLimits, Oracle } from "./harness.ts";
import type { Wire } from "../faults/fault.ts";
import type { TcpWire } from "../faults/tcp_fault.ts";
import type { Evidence, Level } from "./result.ts";

/** One check of the catalogue: data for the runner. */
export interface Case {
  /** Stable: never renumbered, never used again. */
  readonly id: string;
  /** The numbers of the contract's clauses that it checks; the first is what a failure breaks unless it says otherwise. */
  readonly clauses: readonly number[];
  /** The kind of promise that a failure breaks: the contract's, or a recommendation. */
  readonly level: Level;
  /** The subject in a few words. */
  readonly title: string;
  /** The reason why the contract wants it, and what to look at when it fails, for `--explain`. */
  readonly explain: string;
  /** Capabilities without which it is a `skip`. */
  readonly capabilities?: readonly Capability[];
  /** Harness members without which it is `unverified`. A case that starts a process needs `module`. */
  readonly needs?: readonly Need[];
  /** It looks at or changes what the whole process shares, so it runs alone. */
  readonly exclusive?: boolean;
  /** It judges the whole run so far, so it comes last; the one that is told of rejections that nobody handled before the others. */
  readonly judgesRun?: "rejections" | "errors" | "globals";
  /** It looks at the kit's own process, in which a store of another language is not: there it is `unverified`. */
  readonly inProcess?: boolean;
  /** Only run when `--only` names it. */
  readonly explicit?: boolean;
  /** Milliseconds after which it is taken for hanging. @default {30000} */
  readonly timeoutMs?: number;
  /** Checks the store; throws what {@linkcode CaseContext.fail} and its like make. */
  run(ctx: CaseContext): Promise<void>;
  /** The part that `run` starts in a process of its own with {@linkcode CaseContext.child}. */
  child?(ctx: ChildContext): Promise<void>;
}

/** A harness member that a case can need. */
export type Need =
  | "module"
  | "oracle"
  | "otherDevice"
  | "smallDevice"
  | "noLinkDevice"
  | "openMissingBucket"
  | "openForbidden"
  | "openAt"
  | "openTrusting"
  | "upstream"
  | "dialect"
  | "tcp"
  | "noWire"
  | "secrets";

/** Details of a failure: see `FailureReport`. */
export interface FailureDetails {
  /** The promise of the contract here. */
  expected: string;
  /** The store's behaviour. */
  observed: string;
  /** The clause it breaks. @default The case's first. */
  clause?: number;
  /** The likely cause, where the shape is known. */
  hint?: string | undefined;
  /** Further observations. */
  evidence?: readonly Evidence[];
}

/**
 * Meaning of a time limit, as no clause promises speed. `while-moving`: the
 * store hangs if for so long nothing has moved, be it a byte on the wire or in
 * a file, a call of a callback, or the beginning or end of an operation; what
 * is only slow goes on. `scaled`: it is bounded whatever moves, as while the
 * service fails, but a slow store has the time that its transfers take
 * besides. `exact`: the contract or the store's harness names this time.
 */
export type Patience = "while-moving" | "scaled" | "exact";

/** Everything a case works with: fresh for each case, and gone after it. */
export interface CaseContext {
  /** The case's id. */
  readonly id: string;
  /** A handle on the case's own prefix, already open. */
  readonly store: ObjectStore;
  /** The harness's context for that prefix. */
  readonly place: HarnessContext;
  /** The harness's numbers; `progressGranularity` has its default, `largestObject` is `Infinity` if not given. */
  readonly limits: HarnessLimits & {
    readonly progressGranularity: number;
    readonly largestObject: number;
  };
  /** The proxy in front of the service, if the harness gives `upstream`. A case that says `needs: ["upstream"]` can count on it. */
  readonly wire: Wire | undefined;
  /** The proxy in front of a service that does not speak HTTP. A case that says `needs: ["tcp"]` can count on it. */
  readonly tcp: TcpWire | undefined;
  /** The harness's oracle, if there is one. */
  readonly oracle: Oracle | undefined;
  /** The harness's secrets. */
  readonly secrets: readonly string[];
  /** The id of the process in which the store is, if that is not the kit's own. */
  readonly storePid: number | undefined;
  /** The harness's members that are directories on special devices. */
  readonly devices: {
    readonly otherDevice: string | undefined;
    readonly smallDevice: string | undefined;
    readonly noLinkDevice: string | undefined;
  };

  /**
   * The destination root: an empty directory for downloads, below an otherwise
   * unused parent. After the case the runner looks for entries here that the
   * case has not announced with {@linkcode CaseContext.at}: they are residue.
   */
  readonly root: string;
  /** A directory for everything else: sources, canaries, scratch. Not watched. */
  readonly scratch: string;
  /** The absolute path of an entry below `root`, announced to the residue watcher (with its parents). Segments are joined. */
  at(...segments: string[]): string;
  /** Tells the residue watcher to accept what matches, as after a SIGKILL. */
  allowResidue(matches: (path: string) => boolean): void;

  /** True if the store is so slow that objects are smaller than they are for others: `limits.largestObject` says how small, and is no limit of the store then. */
  readonly isSlow: boolean;
  /** Tells whether the harness declares a capability. */
  has(capability: Capability): boolean;
  /** Says whether a valid name may be refused, kept, or either. Plain names (clause 2) are always `keeps`. */
  expectName(name: string): "keeps" | "refuses" | "either";

  /**
   * Opens one more handle. With the case's own prefix it needs capability
   * `reopen`; another prefix is a sibling or child of the case's own.
   *
   * @param options `segment`: appended to the case's prefix as further segments. `sibling`: a prefix beside the case's own, whose last segment has this suffix.
   */
  open(options?: { segment?: string; sibling?: string }): Promise<ObjectStore>;
  /** The context that {@linkcode CaseContext.open} would use with these options. */
  placeOf(options?: { segment?: string; sibling?: string }): HarnessContext;
  /** `open()` if the harness declares `reopen`, otherwise the case's own store. */
  secondHandle(): Promise<ObjectStore>;
  /** A store from `openMissingBucket` or `openForbidden`. */
  openSpecial(
    member: "openMissingBucket" | "openForbidden",
  ): Promise<ObjectStore>;
  /** A store from the harness's `openAt`, whose service is at this URL. */
  openAt(url: string): Promise<ObjectStore>;
  /** A store from the harness's `openTrusting`, whose service is at this URL. */
  openTrusting(url: string, caCerts: readonly string[]): Promise<ObjectStore>;
  /** The store that the harness made, without the recorder that the kit puts around it, for inspection only. */
  bare(store: ObjectStore): ObjectStore;

  /** Deterministic bytes for (run, case, salt): different salts give different bytes. `size` is cut to `limits.largestObject`. */
  bytes(size: number, salt?: number | string): Uint8Array<ArrayBuffer>;
  /** A plain, fresh object name that no other case uses. */
  name(label?: string): string;
  /** Writes a new source file into `scratch` and returns its path. */
  source(bytes: Uint8Array): Promise<string>;
  /** Uploads bytes through a store (default: the case's own); a failure fails the case, saying that it was the preparation. */
  given(name: string, bytes: Uint8Array, store?: ObjectStore): Promise<void>;
  /** `uploadObject` from a fresh source file with these bytes. */
  upload(
    name: string,
    bytes: Uint8Array,
    options?: UploadOptions,
    store?: ObjectStore,
  ): Promise<void>;
  /** Downloads to a fresh path in `scratch` and returns the bytes; a failure fails the case. */
  fetch(name: string, store?: ObjectStore): Promise<Uint8Array<ArrayBuffer>>;
  /** `downloadObject` to a path, for symmetry. */
  download(
    name: string,
    filename: string | URL,
    options?: DownloadOptions,
    store?: ObjectStore,
  ): Promise<void>;
  /** Fails unless the object's size and bytes are these, through the store, through a second handle, and through the oracle where there is one. */
  expectObject(name: string, bytes: Uint8Array, what: string): Promise<void>;
  /** Fails unless the object is missing: `getObjectSize` and `downloadObject` say `OBJECT_NOT_FOUND`, and the oracle agrees. */
  expectNoObject(name: string, what: string): Promise<void>;

  /** Starts this case's `child` in a process of its own, with the same place. */
  child(input?: unknown, options?: ChildOptions): Promise<ChildHandle>;

  /**
   * Waits for a promise, and fails the case if it does not settle in time. The
   * time is counted so that a busy machine is not the store's fault: see
   * {@linkcode Patience} for what else makes it longer.
   *
   * @param ms Milliseconds.
   * @param promise What is waited for.
   * @param what It, in words, for the failure.
   * @param patience What the time means. @default {"while-moving"}
   */
  within<T>(
    ms: number,
    promise: Promise<T>,
    what: string,
    patience?: Patience,
  ): Promise<T>;
  /** Every error with which an operation of any store has rejected in the whole run so far. */
  readonly errorsSeen: readonly SeenError[];
  /** Every rejection that nobody handled, and every uncaught exception, in the whole run so far. */
  readonly unhandled: readonly UnhandledError[];
  /** Lists what is not as it was when the run began: working directory, environment, umask, globals, their prototypes, listeners of the process. A line each. */
  globalsChanged(): string[];

  /** The error to throw when the store breaks the contract. */
  fail(details: FailureDetails): Error;
  /** The error to throw when something that the case needs is not there. */
  unverified(reason: string): Error;
  /** The error to throw when a declared limitation makes the case pointless. */
  skip(reason: string): Error;
  /** The error to throw when the suite itself failed, as when a fault never fired. */
  broken(reason: string): Error;
}

/** An error with which an operation has rejected. */
export interface SeenError {
  /** The case in which it was. */
  readonly id: string;
  /** The method. */
  readonly method: string;
  /** The object's name, as passed. */
  readonly objectName: unknown;
  /** The error. */
  readonly error: unknown;
}

/** A rejection that nobody handled. */
export interface UnhandledError {
  /** The reason. */
  readonly error: unknown;
  /** The id of the case in which it was, where that is known; otherwise those of all that were running. */
  readonly during: readonly string[];
}

/** Options of {@linkcode CaseContext.child}. */
export interface ChildOptions {
  /** Its working directory. @default The case's `scratch`. */
  readonly cwd?: string;
  /** Further environment variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** Put before the command, as `["sh", "-c", "trap '' XFSZ; ulimit -f 1; exec \"$0\" \"$@\""]`. */
  readonly wrapper?: readonly string[];
}

/** A running child process of a case. */
export interface ChildHandle {
  /** Its process id. */
  readonly pid: number;
  /** The id of the process in which its store is: its own, unless the store is written in another language. */
  readonly storePid: number;
  /** Waits for the child to `emit` this event and returns its data; fails the case if the process ends first. */
  event(name: string): Promise<unknown>;
  /** Answers the child's `wait` for this name. */
  send(name: string): Promise<void>;
  /** Sends a signal. */
  kill(signal: "SIGKILL" | "SIGTERM" | "SIGINT"): void;
  /** Waits for its end. `code` is `null` after a signal. Bounded; a child that threw fails the case with its error. */
  readonly ended: Promise<
    { code: number | null; signal: string | null; stderr: string }
  >;
}

/** A change of what a process is: see {@linkcode ChildContext.become}. */
export interface ProcessChange {
  /** The mask of the modes of new files. */
  readonly umask?: number;
  /** The group's id. */
  readonly gid?: number;
  /** The user's id. */
  readonly uid?: number;
}

/** Everything a case's `child` works with. */
export interface ChildContext {
  /** The value that `run` passed. */
  readonly input: unknown;
  /** Opens the store on the case's place. */
  open(): Promise<ObjectStore>;
  /** Opens a store by the harness's `openAt`, whose service is at this URL. */
  openAt(url: string): Promise<ObjectStore>;
  /** Changes what the process is, and that of its store where that is another one. There may be no way back. */
  become(change: ProcessChange): Promise<void>;
  /** Tells `run` something; `data` goes through JSON. */
  emit(name: string, data?: unknown): Promise<void>;
  /** Waits until `run` sends this name. */
  wait(name: string): Promise<void>;
}
