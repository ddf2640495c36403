/** Version of the contract that this kit judges by. */
export const CONTRACT_VERSION = "1.1";

/** Each clause of the contract in short, by its number. In full: `CONTRACT.md`, see {@linkcode clauseUrl}. */
export const CLAUSES: Readonly<Record<number, string>> = {
  1: "a name is a non-empty, well-formed string of at most 1024 UTF-8 bytes without NUL; anything else is refused before any I/O",
  2: "plain names work everywhere; any other is kept exactly or refused, and never becomes another name",
  3: "the namespace is flat: a and a/b may both exist, or the second is refused and the first unharmed",
  4: "a prefix is whole segments; handles on one place see the same objects, and stores on others do not",
  5: "getUri is synchronous, static and injective, holds bucket and prefix, and no secret",
  6: "getObjectSize is exact, and does not transfer the body",
  7: "a missing object, or a mere directory of other objects, is ObjectNotFoundError",
  8: "uploadObject stores the bytes exactly, visible whole and in one step; a failed one leaves the old object, or none",
  9: "the source is not changed; a missing, unreadable or changing one is an error, never a hang or a mixed object",
  10:
    "a directory as destination means a file in it; missing directories are made",
  11: "overwrite: false never replaces, also what appears during the transfer",
  12:
    "overwrite: true replaces the name in one step by the complete new file; never a directory",
  13: "missing parents are made only once the object is known to exist",
  14:
    "after any failure the destination is as it was, and nothing is left behind; the new file is regular, 0666 less umask",
  15: "a download is never a mix of two versions of an object",
  16:
    "a filename is a path or a file: URL; a relative one is fixed in the call itself",
  17: "checks come in order: arguments, closed, signal, local, the store",
  18:
    "the callback's numbers are integers, cumulative, never beyond the object's size, and never go back",
  19:
    "the callback is called at least once, last with (total, total), before the promise settles, one call at a time",
  20:
    "a callback that throws fails the operation with that very error, cleaned up",
  21:
    "an aborted operation rejects with signal.reason itself within a second, and leaves nothing",
  22:
    "errors of the store carry brand, name, code, objectName, uri and cause, and no secret",
  23:
    "local file errors pass through as they are; asynchronous methods reject and never throw",
  24:
    "permission denied is neither not found nor transient; a missing bucket is not a missing object",
  25:
    "transient means worth trying again unchanged, decided by structure and never by text",
  26:
    "after a failure the same store works, and the same call can be made again",
  27:
    "a silent request ends, retries are bounded, and so is memory where the store says so",
  28:
    "close is idempotent, lets operations finish and releases everything; later ones are ObjectStoreClosedError",
  29:
    "operations do not disturb each other; the caller's options and what is global are never changed",
  30: "retrying tries again only after ObjectStoreTransientError",
  31:
    "readObject gives the bytes of one version as a stream, and never ends as if whole when it is not",
  32:
    "a stream is pulled: a reader that waits is no silence, and cancelling releases the connection at once",
  33:
    "writeObject takes bytes, a string, a Blob or a stream, and keeps every promise of an upload",
  34: "deleteObject resolves when the object is gone, also if there was none",
  35: "openObjectStore opens a store by its URI, which never holds credentials",
  36: "checkAccess tells in a few requests whether a store can be used",
};

/** A copy that npm has installed has modules alone. */
const CONTRACT = import.meta.url.includes("/node_modules/")
  ? "https://github.com/storekit/object-store/blob/main/CONTRACT.md"
  : new URL("../../CONTRACT.md", import.meta.url).href;

/**
 * Address of a clause in full: in `CONTRACT.md` of this copy of the package.
 *
 * @param clause The clause's number.
 * @returns A `file:` URL in a checkout, the registry's address in a published
 * copy, the repository's in one that npm has installed.
 *
 * @example
 * ```ts
 * import { clauseUrl } from "@storekit/object-store/conformance";
 *
 * console.log(clauseUrl(12)); // …/CONTRACT.md#clause-12
 * ```
 */
export function clauseUrl(clause: number): string {
  return `${CONTRACT}#clause-${clause}`;
}
