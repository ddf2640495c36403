/** First step of a repair, by the clause that is broken: what a store should do, and which helper of the package does it. */
export const REMEDIES: Readonly<Record<number, string>> = {
  1: "Check each name before any I/O; `DriverObjectStore` (entry `./driver`) does.",
  2: "Keep every byte of a name on the way in and out, or refuse it with InvalidObjectNameError: no trimming, folding, normalising or decoding.",
  3: "Encode names so that `a` and `a/b` can both exist, or refuse the second with ObjectNameConflictError.",
  4: "Join prefix and name by one `/`, and compare prefixes segment by segment.",
  5: "Compute the URI from bucket, prefix and encoded name alone, without a request.",
  6: "Ask the service for the size only (HEAD, stat), and take it as an exact integer.",
  7: "Translate the service's `not found` for reads, and take directories for no objects: StoreFailure OBJECT_NOT_FOUND on a driver.",
  8: "Write beside the object and publish it in one step; after a failure or an abort never publish. Discard what was sent so far.",
  9: "Open the source once, refuse what is no regular file, and compare size and time after reading: `openSource()` in `./local`.",
  10:
    "Resolve a directory as destination to a file in it, named like the last segment: `resolveDestination()` in `./local`.",
  11:
    "Publish with a hard link, or by exclusive creation where there are none, never by a check and a rename: `saveDestination()` in `./local`.",
  12:
    "Write a temporary file beside the destination and rename it over: `saveDestination()` in `./local`.",
  13:
    "Ask the service for the object first, and make parents just before publishing: `saveDestination()` in `./local`.",
  14:
    "Remove the temporary file, and the directories that the call made, on every way out: `saveDestination()` in `./local`.",
  15:
    "Tie each request of a download to one version (If-Match), and end as transient when it has changed.",
  16:
    "Make a relative path absolute in the call itself: `toPath()` in `./local`.",
  17:
    "Check in the order arguments, closed, signal, local files, service; `DriverObjectStore` does.",
  18:
    "Report the sum of all bytes, capped by the object's size, never going back: `Progress` in `./local`.",
  19:
    "Call back last with (total, total), after the service's answer or when every byte is on disk, and await each call: `Progress` in `./local`.",
  20:
    "Let what a callback throws fail the operation unchanged, after cleaning up: `Progress` in `./local`.",
  21:
    "Look at the signal before every step that others can see, reject with `signal.reason` itself, and take the listener off.",
  22:
    "Throw the classes of this package (`ObjectNotFoundError`, …) with objectName, uri and cause, or a StoreFailure on a driver; keep secrets out of all texts.",
  23:
    "Pass local errors on as they are, and throw in asynchronous functions only.",
  24:
    "Tell 403, a missing bucket and a missing object apart, by status and service code.",
  25:
    "Decide by statuses, codes and classes which failures are transient; never by searching the text.",
  26:
    "Give back what an operation holds (permits, connections, locks) on every way out.",
  27:
    "End requests on which no byte moves, bound retries and answers, and read bodies piece by piece.",
  28:
    "Set the flag of close() before anything is awaited, wait for operations in flight, then end connections and timers.",
  29:
    "Keep the state of an operation in the operation; copy the caller's options.",
  31:
    "Compare what came with what was announced, tie each request to the version of the first (If-Match), and end a stream only then; who reads gets copies.",
  32:
    "Ask for the next bytes when the stream is pulled, end the request in cancel() and on the signal, and error unread streams in close().",
  33:
    "Count a stream's bytes as they come, publish only when it has ended with the right size, and cancel it on every way out.",
  34:
    "Take 'not found' for success, name exactly one key, and never remove what stands below it or beside it.",
};
