/** Whose code stands between the suite and the service. */
export type RunKind = "bundled" | "opendal" | "client";

/** A store on a service, which the suite is run on. */
export interface Run {
  /** Service and store, such as `minio/S3ObjectStore`; `--only` takes it. */
  readonly id: string;
  /** The service's name, as a reader knows it. */
  readonly service: string;
  /** The store's class, or the client's package. */
  readonly store: string;
  /** Whose code it is. */
  readonly kind: RunKind;
}

/** A {@linkcode Run} as this machine has it. */
export interface PlannedRun extends Run {
  /** The reason why it cannot be made here, if it cannot. */
  readonly missing?: string;
  /** Starts the service; the caller disposes of it. */
  start(): Promise<StartedRun>;
}

/** What the suite needs for one run. */
export interface StartedRun extends AsyncDisposable {
  /** The harness module; left out where there is a command. */
  readonly harness?: URL;
  /** The program, the kit's command and the harness, where this deno does not run it. */
  readonly command?: readonly string[];
  /** The working directory of the command. */
  readonly cwd?: string;
  /** Environment variables that tell the harness where the service is. */
  readonly env: Readonly<Record<string, string>>;
  /** The service and its version. */
  readonly serviceVersion: string;
  /** What speaks to it, and its version. */
  readonly clientVersion: string;
}

/** The first line of a kept result: which run it is, and where and when it was made. */
export interface RunHeader extends Run {
  /** Tells it from the lines of the JSON report, which follow. */
  readonly type: "run";
  /** When it began, in UTC: `2026-11-27T19:30:00Z`. */
  readonly date: string;
  /** The commit, with `, changed` where files differ from it. */
  readonly commit: string;
  /** The machine. */
  readonly machine: string;
  /** The service and its version. */
  readonly serviceVersion: string;
  /** What speaks to it, and its version. */
  readonly clientVersion: string;
  /** The reason why there is no result, if there is none. */
  readonly missing?: string;
}
