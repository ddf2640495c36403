import type { OperatorCapability } from "./operator.ts";

/**
 * Ways in which services keep what they are given:
 *
 * - `objects`: a flat namespace; an upload is visible whole once it is closed; versions have an ETag.
 * - `values`: a flat namespace of values that are written and read as one, and so held in memory.
 * - `files`: a tree of directories, in which a file is visible while it is written.
 */
export type ServiceFamily = "objects" | "values" | "files";

/** A promise of the contract that a store on this service does not keep, or not as it stands there. */
export interface Limitation {
  /** The clause of the contract. */
  readonly clause: number;
  /** Promise that does not hold, as a sentence. */
  readonly text: string;
  /** True if bytes can be damaged or lost by it: then `strict` refuses the service. */
  readonly isSerious: boolean;
}

/** Facts about a service beyond its `capability()`. */
export interface Service {
  readonly family: ServiceFamily;
  /** True if the conformance suite runs on it in this project's own tests. */
  readonly isTested: boolean;
  /** True if it is in the process or on its disk, so that there is no network. */
  readonly isLocal?: boolean;
  /** True if the service itself forgets the pieces of an upload that was never closed. */
  readonly forgetsPieces?: boolean;
  /** True if a read that asks for a version by its ETag is known never to give another one. */
  readonly readsVersions?: boolean;
  /** True if it can name its values. @default {all but `values` can} */
  readonly lists?: boolean;
  /** True if an object can be written in pieces, so that it need not be held in memory. */
  readonly writesPieces?: boolean;
  /** True if OpenDAL signs uploads in the protocol of S3, so that one request can send an object as it is read. */
  readonly signsUploads?: boolean;
  /** True if each answer to a write has an ETag: one without is of something else, such as a page that a network redirects to. */
  readonly confirmsWrites?: boolean;
  /** True if OpenDAL takes any success for a deletion, such as a page that a network redirects to: then the object is looked at afterwards. */
  readonly checksDeletions?: boolean;
  /** True if OpenDAL keeps a pool of connections, which stays useless after a loss: a new operator is well at once. */
  readonly hasPool?: boolean;
  /** Pieces that an object has at most. @default {10 000} */
  readonly mostPieces?: number;
  /** The largest value in bytes. */
  readonly largestObject?: number;
  /** Gives the reason why a path cannot be kept, as the end of a sentence. */
  readonly refuse?: (key: string) => string | undefined;
}

const MIB = 2 ** 20;
/** The largest size of one request with what is held in memory, or could leave pieces behind. */
export const LARGEST_SINGLE_WRITE = 256 * MIB;

const values = (isTested = false, largestObject?: number): Service => ({
  family: "values",
  isTested,
  ...largestObject === undefined ? {} : { largestObject },
});
const objects = (isTested = false): Service => ({
  family: "objects",
  isTested,
  writesPieces: true,
});
const files = (isTested = false): Service => ({
  family: "files",
  isTested,
  writesPieces: true,
  refuse: refuseLongSegment,
});

/** The services by their names in OpenDAL. Those that are not here are judged by `capability()`. */
export const SERVICES: Readonly<Record<string, Service>> = {
  azblob: {
    ...objects(true),
    forgetsPieces: true,
    confirmsWrites: true,
    mostPieces: 50_000,
    readsVersions: true,
    refuse: refuseAzureName,
  },
  azdls: files(),
  azfile: files(),
  b2: objects(),
  cos: objects(),
  fs: { ...files(true), isLocal: true, refuse: refuseFileName },
  gcs: { ...objects(true), checksDeletions: true, refuse: refuseEscaped },
  memory: { ...values(), isLocal: true, lists: true },
  mongodb: { ...values(false, 16 * MIB - 65_536), hasPool: true },
  mysql: { ...values(), hasPool: true },
  obs: objects(),
  oss: objects(),
  postgresql: { ...values(), hasPool: true },
  redis: { ...values(true, 512 * MIB), hasPool: true },
  s3: {
    ...objects(true),
    confirmsWrites: true,
    signsUploads: true,
    readsVersions: true,
    refuse: refuseS3Name,
  },
  sqlite: { ...values(true, 1_000_000_000), isLocal: true },
  swift: objects(),
  webdav: { ...files(true), writesPieces: false },
  webhdfs: files(),
};

/**
 * Judges a service by its name, or, where that is not known, by what it can.
 *
 * @param scheme Its name in OpenDAL, if the user has said it.
 * @param capability What it can, if that is known yet.
 * @returns What is known of it.
 */
export function serviceOf(
  scheme: string | undefined,
  capability?: OperatorCapability,
): Service | undefined {
  const known = scheme !== undefined && Object.hasOwn(SERVICES, scheme)
    ? SERVICES[scheme]
    : undefined;
  if (!capability) return known;
  const guess = capability.listWithRecursive
    ? objects()
    : capability.rename
    ? files()
    : values();
  const { writeCanMulti: writesPieces, list: lists } = capability;
  return { ...known ?? guess, writesPieces, lists };
}

/**
 * Tells whether objects are written in pieces: where none of them can stay behind, unless that is allowed.
 *
 * @param service The service.
 * @param isStrict Whether nothing may stay behind of what has failed.
 */
export function writesPieces(service: Service, isStrict: boolean): boolean {
  if (!service.writesPieces) return false;
  return service.family === "files" || service.family === "objects" &&
      (!isStrict || service.forgetsPieces === true);
}

/**
 * Tells whether a service can name its objects.
 *
 * @param service The service.
 */
export function canList(service: Service): boolean {
  return service.lists ?? service.family !== "values";
}

/**
 * Computes the largest object in bytes that a store takes.
 *
 * @param service The service.
 * @param isStrict Whether nothing may stay behind of what has failed.
 */
export function largestObjectOn(service: Service, isStrict: boolean): number {
  const largest = service.largestObject ?? Number.MAX_SAFE_INTEGER;
  return service.family === "values" || writesPieces(service, isStrict)
    ? largest
    : Math.min(largest, LARGEST_SINGLE_WRITE);
}

/**
 * Lists what a store on a service does not keep.
 *
 * @param service The service.
 * @param capability What it can, if that is known yet.
 * @returns The limitations, the serious ones first.
 */
export function limitationsOf(
  service: Service,
  capability?: OperatorCapability,
): Limitation[] {
  const found: Limitation[] = [];
  const add = (clause: number, text: string, isSerious = false): void => {
    found.push({ clause, text, isSerious });
  };
  if (capability) {
    for (const power of ["stat", "read", "write"] as const) {
      if (!capability[power]) add(8, `it has no '${power}'`, true);
    }
    if (service.family === "files" && !capability.rename) {
      add(
        8,
        "it cannot rename, so that an object is visible while it is written, and a failed upload damages it",
        true,
      );
    }
  }
  if (service.family === "values") {
    add(
      27,
      "A whole object is held in memory while it is moved, by OpenDAL up to four times.",
    );
  }
  if (service.family === "files") {
    add(
      3,
      "The namespace is a tree: 'a' and 'a/b' cannot both exist, and the second is an ObjectNameConflictError.",
    );
  }
  const size = `${LARGEST_SINGLE_WRITE / MIB} MiB`;
  if (service.family === "objects" && !service.forgetsPieces) {
    add(
      8,
      `OpenDAL cannot discard the pieces of an upload that has failed: with 'strict', objects are written by one request and have up to ${size}, ${
        service.signsUploads
          ? "which this process sends as it reads them, by a URL that OpenDAL has signed; a stream whose size is not known is held in memory"
          : "held in memory"
      }; without it, pieces of larger ones may stay at the service.`,
    );
  } else if (service.family !== "values" && !service.writesPieces) {
    add(
      27,
      `Objects are written by one request, and have up to ${size}, held in memory.`,
    );
  }
  if (service.family === "objects" || service.family === "files") {
    add(
      25,
      "OpenDAL does not look at which range a service has answered with: one that gives another is not found out.",
    );
    add(
      32,
      "A stream that is cancelled lets the requests under way bring what they were asked for, up to 16 MiB.",
    );
  }
  add(
    21,
    "An aborted request cannot be called back: the operation no longer waits for it; 'close()' and later operations on that name do, for as long as 'requestTimeout' lets them, but another store may still see it take effect.",
  );
  if (!service.isLocal) {
    add(
      25,
      "A certificate that is not accepted, and a proxy that refuses, look like a lost connection, and are transient.",
    );
    if (service.family === "values") {
      add(6, "OpenDAL learns the size of a value by reading it.");
    } else {
      // An object of a flat namespace that looks empty is looked into.
      if (service.family === "files") {
        add(
          6,
          "Where an answer tells no size, OpenDAL can say 0, as of an empty object.",
        );
      }
      add(
        25,
        "OpenDAL takes 401 and 408, 425 and 507, on some services also 429, for errors that stay: the code is OTHER.",
      );
      add(
        25,
        "OpenDAL follows redirects, and can take a page at the end of one, as of a sign-in to a network, for the service's answer; where that is known of a service, the store looks at the object again.",
      );
      add(27, "A 'Retry-After' of the service is not seen.");
    }
  }
  add(
    27,
    "OpenDAL tells nothing while a request brings bytes: one that takes longer than 'requestTimeout' for up to 4 MiB, for 8 MiB of what is sent, or for an object that cannot be asked for by its version, is taken for silent.",
  );
  return found.sort((a, b) => Number(b.isSerious) - Number(a.isSerious));
}

function refuseLongSegment(key: string): string | undefined {
  const encoder = new TextEncoder();
  const isLong = key.split("/").some((segment) =>
    encoder.encode(segment).length > 255
  );
  return isLong
    ? "it has a segment of more than 255 bytes, which is no name of a file"
    : undefined;
}

/** Servers of this protocol that keep objects as files refuse these with no more than "Unexpected". */
function refuseS3Name(key: string): string | undefined {
  const isDots = key.split(/[/\\]/).some((segment) =>
    /^[\0- ]*\.{1,2}[\0- ]*$/.test(segment)
  );
  return isDots
    ? "it has a segment of dots beside white space or a backslash, which servers of this protocol refuse"
    : refuseUnlistable(key) ?? refuseLongSegment(key);
}

/** Listings are XML, which has no control characters, and reads these ends of lines as one. */
function refuseUnlistable(key: string): string | undefined {
  // deno-lint-ignore no-control-regex -- these are what is looked for.
  return /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufffe\uffff]/.test(key)
    ? "it has a control character, which listings of the service change"
    : undefined;
}

/** Azure takes a backslash for a slash. */
function refuseAzureName(key: string): string | undefined {
  return key.includes("\\")
    ? "it has a backslash, which the service takes for a slash"
    : refuseUnlistable(key);
}

/** OpenDAL lists a backslash in the name of a file as a slash. */
function refuseFileName(key: string): string | undefined {
  return key.includes("\\")
    ? "it has a backslash, which OpenDAL lists as a slash"
    : refuseLongSegment(key);
}

/** OpenDAL escapes a name twice when it writes to GCS in one request. */
function refuseEscaped(key: string): string | undefined {
  return /^[A-Za-z0-9\-_.~/]*$/.test(key)
    ? undefined
    : "it has characters that OpenDAL does not write to this service as they are";
}
