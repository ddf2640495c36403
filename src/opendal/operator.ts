/**
 * Shape of an OpenDAL `Operator`, as far as the store uses it, so that the version
 * of `npm:opendal` and its layers are the user's choice.
 */
export interface OperatorLike {
  /** Tells what the service can do. */
  capability(): OperatorCapability;
  /** Asks size and version of a path. */
  stat(path: string): Promise<OperatorMetadata>;
  /** Reads a value, or a part of it. */
  read(
    path: string,
    options?: { offset?: bigint; size?: bigint; ifMatch?: string },
  ): Promise<Uint8Array>;
  /** Opens a path for reading in order. */
  reader(
    path: string,
    options?: { ifMatch?: string },
  ): Promise<OperatorReader>;
  /** Stores a whole value. Gives what the service says of it, if the binding tells. */
  write(
    path: string,
    content: never,
    options?: { contentType?: string },
  ): Promise<unknown>;
  /** Begins to store a value in pieces. */
  writer(
    path: string,
    options?: { chunk?: bigint; concurrent?: number; contentType?: string },
  ): Promise<OperatorWriter>;
  /** Signs a request that stores a value, for so many seconds. */
  presignWrite?(path: string, expires: number): Promise<SignedRequest>;
  /** Renames a path, replacing what has the new name. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a path; a missing one is no error. */
  delete(path: string): Promise<void>;
  /** Lists what is below a path. */
  lister?(
    path: string,
    options?: { recursive?: boolean },
  ): Promise<OperatorLister>;
  /** Lists what is below a path, all at once. */
  list(
    path: string,
    options?: { recursive?: boolean; limit?: number },
  ): Promise<readonly OperatorEntry[]>;
}

/** Answers of an operator's `capability()`. */
export interface OperatorCapability {
  /** True if it reads. */
  readonly read: boolean;
  /** True if it writes. */
  readonly write: boolean;
  /** True if it tells sizes. */
  readonly stat: boolean;
  /** True if it removes. */
  readonly delete: boolean;
  /** True if it lists. */
  readonly list: boolean;
  /** True if the service itself lists all that begins with a prefix. */
  readonly listWithRecursive: boolean;
  /** True if it renames. */
  readonly rename: boolean;
  /** True if a read can ask for one version by its ETag. */
  readonly readWithIfMatch: boolean;
  /** True if it writes in pieces. */
  readonly writeCanMulti: boolean;
  /** True if it keeps a media type. */
  readonly writeWithContentType: boolean;
  /** True if it signs requests that store a value. */
  readonly presignWrite?: boolean;
}

/** A request that whoever has it can make. */
export interface SignedRequest {
  /** The HTTP method. */
  readonly method: string;
  /** Its URL, with the signature. */
  readonly url: string;
  /** Headers that are signed with it. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Size and version of a path. */
export interface OperatorMetadata {
  /** The size in bytes. */
  readonly contentLength: bigint | number | null;
  /** The ETag, if the service has one. */
  readonly etag: string | null;
  /** The version, if the service has one. */
  readonly version: string | null;
  /** The time at which it was written, if the service says so. */
  readonly lastModified: string | null;
  /** Tells a value from a directory. */
  isFile(): boolean;
}

/**
 * Describes a version, so that two of them can be compared.
 *
 * @param metadata What a service says of it; `undefined` for a path that is not there.
 * @returns Text that is the same for the same version, and, as far as the service tells, only for that.
 */
export function describeVersion(
  metadata: OperatorMetadata | undefined,
): string {
  if (metadata === undefined) return "nothing";
  const { etag, version, lastModified, contentLength } = metadata;
  return JSON.stringify([etag, version, lastModified, Number(contentLength)]);
}

/** A path that is read in order. */
export interface OperatorReader {
  /** Fills a part of a buffer and tells how much; 0 at the end. */
  read(buffer: never): Promise<bigint | number>;
}

/** A path that is written in pieces, and visible once it is closed. */
export interface OperatorWriter {
  /** Takes the next bytes. */
  write(content: never): Promise<void>;
  /** Makes the value visible. Gives what the service says of it, if the binding tells. */
  close(): Promise<unknown>;
  /** Newer bindings may have it: forgets what was written. */
  abort?(): Promise<void>;
}

/** Paths below another, one after the other. */
export interface OperatorLister {
  /** Gives the next one, or `null` at the end. */
  next(): Promise<OperatorEntry | null>;
}

/** One path of a listing. */
export interface OperatorEntry {
  /** Its path from the root of the operator. */
  path(): string;
  /** Size and version, as the listing has them. */
  metadata(): OperatorMetadata;
}

/** The version that is loaded where only a scheme is given: later ones need glibc 2.38. */
const OPENDAL = "opendal@0.49.2";

/**
 * Makes an operator of the installed or pinned OpenDAL. It is loaded by a name that no module graph
 * holds, as its native part has 42 MB, which nobody needs who gives an operator.
 *
 * @param scheme The service's name in OpenDAL.
 * @param options The service's options, as OpenDAL names them.
 * @returns The operator, without layers: its retries would go on behind an abort.
 * @throws {TypeError} If OpenDAL cannot be loaded here.
 */
export async function loadOperator(
  scheme: string,
  options: Readonly<Record<string, string>>,
): Promise<OperatorLike> {
  const name = "Deno" in globalThis ? `npm:${OPENDAL}` : "opendal";
  let module: {
    Operator: new (scheme: string, options: unknown) => OperatorLike;
  };
  try {
    module = await import(name);
  } catch (cause) {
    throw new TypeError(
      `Cannot load '${name}': install it, allow native code ('--allow-ffi'), or give an 'operator' of your own`,
      { cause },
    );
  }
  return new module.Operator(scheme, { ...options });
}
