import type { ObjectStore } from "../../src/object_store.ts";
import type { Capability } from "./capability.ts";
import type { Dialect } from "../faults/fault.ts";

/** The place that the kit tells a {@linkcode Harness} each time it wants a store. */
export interface HarnessContext {
  /**
   * Where this case's objects live: whole segments of plain characters, fresh
   * for each case, all below the run's own prefix. Two calls with an equal
   * prefix are two handles on one place.
   */
  readonly prefix: string;
  /**
   * A fresh local directory for the case, for stores that keep objects on
   * disk. Handles that one case opens share it, whatever their prefix; without
   * the capability `process`, those of another process have one of their own.
   */
  readonly directory: string;
  /** The address of the back end, if the harness gives {@linkcode Harness.upstream}; without a trailing slash. */
  readonly endpoint?: string;
}

/** A way to the objects that goes around the store, so that it is not judged through itself. */
export interface Oracle {
  /** Stores bytes as an object, as if the store had. */
  put(name: string, bytes: Uint8Array, ctx: HarnessContext): Promise<void>;
  /** The bytes of an object, or `undefined` if there is none. */
  get(name: string, ctx: HarnessContext): Promise<Uint8Array | undefined>;
  /** The names of all objects below the prefix, without it, temporary files and unfinished parts included. */
  list(ctx: HarnessContext): Promise<string[]>;
  /** Removes an object; a missing one is fine. */
  delete(name: string, ctx: HarnessContext): Promise<void>;
}

/** Numbers about a store that the contract does not give. All are positive integers. */
export interface HarnessLimits {
  /** Bytes of an upload's part, where there are parts. */
  readonly partSize?: number;
  /** The largest object in bytes that the store takes. Larger ones are not tried, but that BIG-5 tries one of a byte more, where this is up to 64 MiB: it is to be refused, or stored whole. */
  readonly largestObject?: number;
  /**
   * The most bytes that pass between two progress reports.
   *
   * @default {1 MiB}
   */
  readonly progressGranularity?: number;
  /** `"none"` for a store whose uploads have no parts: cases about these do not apply. */
  readonly parts?: "none";
  /** Milliseconds after which a silent request ends. */
  readonly stallTimeoutMs?: number;
  /** The most requests that one operation makes, internal retries included. */
  readonly maxRequestsPerOperation?: number;
  /** Milliseconds that one operation takes at most, internal retries included. */
  readonly maxOperationMs?: number;
}

/** The key and the certificate with which the proxy speaks TLS; all in PEM. */
export interface HarnessTls {
  /** The certificate for `localhost` and `127.0.0.1` that the store is shown. @default None: the proxy speaks `http:` to the store. */
  readonly cert?: string;
  /** Its private key, which goes with it. */
  readonly key?: string;
  /** The authority of the back end's certificate. @default The system's. */
  readonly ca?: string;
}

/** Credentials for a signature. */
export interface HarnessCredentials {
  /** The access key's id. */
  readonly accessKeyId: string;
  /** The secret access key. */
  readonly secretAccessKey: string;
  /** The region. @default {"us-east-1"} */
  readonly region?: string;
}

/**
 * A description of a store by its author, so that the kit can open it. `open` is
 * all that is needed; each further member unlocks cases.
 */
export interface Harness {
  /** The store's name, for reports. */
  readonly name: string;
  /** Opens one more handle on the place that `ctx.prefix` names. */
  open(ctx: HarnessContext): ObjectStore | Promise<ObjectStore>;
  /** `import.meta.url` of the harness module, which exports the harness as its default: unlocks cases that need a process of their own. */
  readonly module?: string;
  /**
   * The capabilities of the store.
   *
   * @default {["flat"]}
   */
  readonly capabilities?: readonly Capability[];
  /**
   * Tells whether the store refuses a valid but unusual name (clause 2). A name that
   * it refuses although this says `false` is a failure, and the other way
   * round. Left out: either is fine for unusual names.
   */
  refusesNames?(name: string): boolean;
  /** A way to the objects around the store. */
  readonly oracle?: Oracle;
  /**
   * The base URL of an HTTP back end, or what finds it (called once in a run,
   * with the run's own prefix as {@linkcode Harness.cleanup}): the kit puts a
   * proxy in front, and `open` gets its address as `ctx.endpoint`. The proxy
   * keeps the `Host` header that the store sends.
   */
  readonly upstream?: string | ((prefix: string) => string | Promise<string>);
  /**
   * The way to the service: `http`, `tcp` for any other protocol (`upstream` is
   * `tcp://host:port` then, and `open` gets such an address), or `none` for a
   * store without a network, as one on SQLite. Cases about another way do not
   * apply. A store that says `none` and opens a connection fails TCP-10.
   *
   * @default As `upstream` says; {"http"} where that is a function.
   */
  readonly wire?: "http" | "tcp" | "none";
  /** The way in which that back end says errors, commits and discards; `s3Dialect`, `azureBlobDialect` and `gcsDialect` are bundled. Without it only faults of the transport and plain statuses are tried. */
  readonly dialect?: Dialect;
  /** For an `https:` back end: with what the proxy presents itself, and which authority it trusts itself (all PEM). Without it the proxy speaks `http:` to the store. */
  readonly tls?: HarnessTls;
  /** For a service that does not take a signature made for the proxy's host: the proxy signs anew with these credentials (AWS Signature Version 4). */
  readonly resign?: HarnessCredentials;
  /** Opens the store with another base URL in place of `ctx.endpoint`: DNS and TLS failures. */
  openAt?(url: string, ctx: HarnessContext): ObjectStore | Promise<ObjectStore>;
  /** As {@linkcode Harness.openAt}, for an `https:` URL whose certificate is to be accepted if it comes from one of these authorities (in PEM): certificates made in the usual ways. */
  openTrusting?(
    url: string,
    ctx: HarnessContext,
    caCerts: readonly string[],
  ): ObjectStore | Promise<ObjectStore>;
  /** Opens the store on a bucket or container that does not exist (capability `bucket`). */
  openMissingBucket?(ctx: HarnessContext): ObjectStore | Promise<ObjectStore>;
  /** Opens the store with credentials that may do nothing (capability `authz`). */
  openForbidden?(ctx: HarnessContext): ObjectStore | Promise<ObjectStore>;
  /** Secrets that must never show in an error, a URI or an inspected store, such as the secret access key. */
  readonly secrets?: readonly string[];
  /** Numbers about the store. */
  readonly limits?: HarnessLimits;
  /** A writable directory on another device than the system's temporary directory. */
  readonly otherDevice?: string;
  /** A writable directory on a small file system (at most 64 MiB) that the kit may fill up. */
  readonly smallDevice?: string;
  /** A writable directory on a file system without hard links. */
  readonly noLinkDevice?: string;
  /** Removes everything below a prefix, the run's; called at the end, after failures and on interruption. */
  cleanup?(prefix: string): void | Promise<void>;
}

/**
 * A harness for a store that is not written in TypeScript: a command takes the place of `open`. The
 * process that it starts speaks the line protocol of `PROTOCOL.md`, and says itself what it is and
 * what it can; what is given here counts before that.
 */
export interface CommandHarness {
  /** The program and its arguments, such as `["python3", "serve.py"]`. No shell looks at them. */
  readonly command: readonly string[];
  /** The directory in which it is started. @default The working directory. */
  readonly cwd?: string;
  /** See {@linkcode Harness.name}. @default What the process says. */
  readonly name?: string;
  /** See {@linkcode Harness.capabilities}. @default What the process says. */
  readonly capabilities?: readonly Capability[];
  /** See {@linkcode Harness.refusesNames}. */
  refusesNames?(name: string): boolean;
  /** See {@linkcode Harness.oracle}. */
  readonly oracle?: Oracle;
  /** See {@linkcode Harness.upstream}. @default What the process says. */
  readonly upstream?: string | ((prefix: string) => string | Promise<string>);
  /** See {@linkcode Harness.dialect}. @default `s3Dialect` if the process says `"dialect": "s3"`. */
  readonly dialect?: Dialect;
  /** See {@linkcode Harness.tls}. */
  readonly tls?: HarnessTls;
  /** See {@linkcode Harness.resign}. */
  readonly resign?: HarnessCredentials;
  /** See {@linkcode Harness.secrets}. @default What the process says. */
  readonly secrets?: readonly string[];
  /** See {@linkcode Harness.limits}. @default What the process says. */
  readonly limits?: HarnessLimits;
  /** See {@linkcode Harness.otherDevice}. */
  readonly otherDevice?: string;
  /** See {@linkcode Harness.smallDevice}. */
  readonly smallDevice?: string;
  /** See {@linkcode Harness.noLinkDevice}. */
  readonly noLinkDevice?: string;
  /** See {@linkcode Harness.cleanup}. */
  cleanup?(prefix: string): void | Promise<void>;
}

/** The way to a store's service; `undefined` where the harness does not tell. */
export function wireOf(
  { wire, upstream }: Pick<Harness, "wire" | "upstream">,
): "http" | "tcp" | "none" | undefined {
  if (wire !== undefined) return wire;
  if (upstream === undefined) return undefined;
  const isTcp = typeof upstream === "string" && /^tcp:/i.test(upstream);
  return isTcp ? "tcp" : "http";
}
