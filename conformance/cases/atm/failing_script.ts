import { join } from "@std/path/join";
import type {
  ObjectStore,
  TransferCallback,
} from "../../../src/object_store.ts";

/** Where {@linkcode failingScript} works. */
export interface ScriptPlace {
  /** A directory with a file `existing` and a directory `dir`, in which there is a file of the object's name. */
  root: string;
  /** An object that exists. */
  name: string;
  /** An object that does not. */
  missing: string;
  /** A file to upload. */
  source: string;
  /** A directory that is no source. */
  scratch: string;
}

/** An operation that must reject. */
export interface FailingStep {
  /** The fault in words. */
  what: string;
  /** The clause that it breaks if it succeeds. */
  clause: number;
  /** Does it. */
  run(store: ObjectStore): Promise<unknown>;
}

/** Operations that fail without the help of the wire, each in its own way. */
export function failingScript(place: ScriptPlace): FailingStep[] {
  const { root, name, missing, source, scratch } = place;
  const steps: FailingStep[] = [];
  const add = (clause: number, what: string, run: FailingStep["run"]) =>
    steps.push({ what, clause, run });
  const reason = new Error("the caller has had enough");
  const onFirst: TransferCallback = () => {
    throw reason;
  };
  const onLast: TransferCallback = (bytes, total) =>
    bytes === total ? Promise.reject(reason) : undefined;

  for (const to of ["new", "made/for/it", "made/", "dir"]) {
    const path = `${root}/${to}`;
    add(
      7,
      `a download of a missing object to "${to}"`,
      (store) => store.downloadObject(missing, path),
    );
    if (to === "dir") continue;
    add(
      20,
      `a download to "${to}" whose first call throws`,
      (store) => store.downloadObject(name, path, { callback: onFirst }),
    );
    add(
      20,
      `a download to "${to}" whose last call rejects`,
      (store) => store.downloadObject(name, path, { callback: onLast }),
    );
    add(
      21,
      `a download to "${to}" that is already aborted`,
      (store) =>
        store.downloadObject(name, path, { signal: AbortSignal.abort(reason) }),
    );
  }
  for (const to of ["existing", "dir", "dir/"]) {
    const path = `${root}/${to}`;
    const overwrite = true;
    add(
      11,
      `a download to "${to}" without overwrite`,
      (store) => store.downloadObject(name, path),
    );
    add(
      20,
      `an overwriting download to "${to}" whose first call throws`,
      (store) =>
        store.downloadObject(name, path, { overwrite, callback: onFirst }),
    );
    add(
      20,
      `an overwriting download to "${to}" whose last call rejects`,
      (store) =>
        store.downloadObject(name, path, { overwrite, callback: onLast }),
    );
    add(
      7,
      `an overwriting download of a missing object to "${to}"`,
      (store) => store.downloadObject(missing, path, { overwrite }),
    );
  }
  add(
    23,
    "a download to a path below a file",
    (store) => store.downloadObject(name, `${root}/existing/below`),
  );
  const long = "x".repeat(300);
  add(
    23,
    "a download below new directories, the last of which has too long a name",
    (store) => store.downloadObject(name, `${root}/made/for/${long}/it`),
  );
  add(
    1,
    "a download with an empty name",
    (store) => store.downloadObject("", `${root}/new`),
  );
  add(
    9,
    "an upload of a missing source",
    (store) => store.uploadObject(missing, join(root, "no-source")),
  );
  add(
    9,
    "an upload of a directory",
    (store) => store.uploadObject(missing, scratch),
  );
  add(
    20,
    "an upload whose callback throws",
    (store) => store.uploadObject(`${name}-new`, source, { callback: onFirst }),
  );
  add(
    21,
    "an upload that is already aborted",
    (store) =>
      store.uploadObject(missing, source, {
        signal: AbortSignal.abort(reason),
      }),
  );
  return steps;
}
