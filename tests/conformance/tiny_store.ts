import * as fs from "node:fs/promises";
import { constants } from "node:fs";
import type { Case } from "../../conformance/model/case.ts";
import type {
  Harness,
  HarnessContext,
} from "../../conformance/model/harness.ts";
import type { CaseResult } from "../../conformance/model/result.ts";
import { runConformance } from "../../conformance/runner/run.ts";
import type { RunOptions } from "../../conformance/runner/run_options.ts";
import { ObjectNotFoundError } from "../../src/errors.ts";
import type {
  DownloadOptions,
  ObjectStore,
  ReadableObjectStore,
  UploadOptions,
} from "../../src/object_store.ts";

const places = new Map<string, Map<string, Uint8Array>>();

/** A store that is only as right as the tests of the kit need it. */
export class TinyStore implements ObjectStore {
  readonly #prefix: string;
  readonly #objects: Map<string, Uint8Array>;

  /** @param ctx Where its objects are. */
  constructor({ prefix }: Pick<HarnessContext, "prefix">) {
    this.#prefix = prefix;
    this.#objects = places.get(prefix) ?? new Map();
    places.set(prefix, this.#objects);
  }

  getUri(objectName: string): string {
    return `tiny:${this.#prefix}/${objectName}`;
  }

  getObjectSize(objectName: string): Promise<number> {
    return this.#read(objectName).then(({ length }) => length);
  }

  async uploadObject(
    objectName: string,
    filename: string | URL,
    { callback }: UploadOptions = {},
  ): Promise<void> {
    const bytes = await fs.readFile(filename);
    this.#objects.set(objectName, bytes);
    await callback?.(bytes.length, bytes.length);
  }

  async downloadObject(
    objectName: string,
    filename: string | URL,
    { callback, overwrite = false }: DownloadOptions = {},
  ): Promise<void> {
    const bytes = await this.#read(objectName);
    const flag = overwrite
      ? constants.O_TRUNC | constants.O_CREAT | constants.O_WRONLY
      : "wx";
    await fs.writeFile(filename, bytes, { flag });
    await callback?.(bytes.length, bytes.length);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  // deno-lint-ignore require-await -- what it throws has to be a rejection.
  async #read(objectName: string): Promise<Uint8Array> {
    const bytes = this.#objects.get(objectName);
    if (bytes !== undefined) return bytes;
    throw new ObjectNotFoundError(`Cannot find "${objectName}"`, {
      objectName,
    });
  }
}

/** A harness of {@linkcode TinyStore}, with members replaced. */
export function tinyHarness(members: Partial<Harness> = {}): Harness {
  return {
    name: "tiny",
    open: (ctx) => new TinyStore(ctx),
    cleanup: forgetPlaces,
    ...members,
  };
}

/** A harness whose store has one method replaced. */
export function harnessWith(
  methods: Partial<Record<keyof ReadableObjectStore, unknown>>,
): Harness {
  return tinyHarness({
    open: (ctx) => Object.assign(new TinyStore(ctx), methods) as ObjectStore,
  });
}

/** Whether an object is below a prefix. */
export function hasPlace(prefix: string): boolean {
  return [...places.keys()].some((key) => key.startsWith(prefix));
}

function forgetPlaces(prefix: string): void {
  for (const key of places.keys()) {
    if (key.startsWith(`${prefix}/`)) places.delete(key);
  }
}

/** A case that passes, with members replaced. */
export function tinyCase(members: Partial<Case> = {}): Case {
  return {
    id: "TST-1",
    clauses: [8],
    level: "must",
    title: "a case of a test",
    explain: "It is there for the tests of the kit.",
    run: () => Promise.resolve(),
    ...members,
  };
}

/** Runs cases and collects the results by id, in the order of the cases: they end in any. */
export async function runCases(
  cases: readonly Case[],
  harness: Harness = tinyHarness(),
  options: RunOptions = {},
): Promise<Map<string, CaseResult>> {
  const results = new Map<string, CaseResult>();
  for await (const result of runConformance(harness, { cases, ...options })) {
    results.set(result.id, result);
  }
  const order = cases.map(({ id }) => id);
  return new Map(
    [...results].sort(([a], [b]) => order.indexOf(a) - order.indexOf(b)),
  );
}

/** Runs one case that consists of `run`. */
export async function runOne(
  run: Case["run"],
  harness?: Harness,
  options?: RunOptions,
): Promise<CaseResult> {
  const results = await runCases([tinyCase({ run })], harness, options);
  return results.get("TST-1") as CaseResult;
}
