import { assert, assertEquals } from "@std/assert";
import { runConformance } from "../../../conformance/runner/run.ts";
import type { CaseResult } from "../../../conformance/model/result.ts";
import { isStoreError } from "../../../conformance/checks/error_chain.ts";
import { scaleLimits } from "../../proof/matrix/matrix.ts";
import { memoryHarness } from "../../proof/reference/memory_harness.ts";
import type { MemoryObjectStore } from "../../proof/reference/memory_store.ts";

/** Methods that take the place of a correct store's. */
type Methods = Partial<
  Pick<
    MemoryObjectStore,
    "close" | "getObjectSize" | "uploadObject" | "downloadObject"
  >
>;

/** A store with one habit that stops many cases before they come to what they are about. */
interface Habit {
  readonly what: string;
  readonly bend: (store: MemoryObjectStore) => Methods;
  /** The clauses that it breaks. */
  readonly clauses: readonly number[];
  /** Cases that it stops, and other cases are about what has stopped them. */
  readonly stopped?: readonly string[];
}

const HABITS: readonly Habit[] = [
  {
    what: "is never closed",
    bend: () => ({ close: () => Promise.resolve() }),
    clauses: [28, 32],
    stopped: ["ERR-2", "ERR-4", "ERR-13"],
  },
  {
    what: "rejects with plain errors",
    bend: (store) => ({
      getObjectSize: (...args) => plainly(store.getObjectSize(...args)),
      uploadObject: (...args) => plainly(store.uploadObject(...args)),
      downloadObject: (...args) => plainly(store.downloadObject(...args)),
    }),
    clauses: [22],
  },
  {
    what: "never calls back",
    bend: (store) => ({
      uploadObject: (name, filename, { callback: _, ...options } = {}) =>
        store.uploadObject(name, filename, options),
      downloadObject: (name, filename, { callback: _, ...options } = {}) =>
        store.downloadObject(name, filename, options),
    }),
    clauses: [19, 20],
  },
  {
    what: "has a size for every name",
    bend: (store) => ({
      getObjectSize: (...args) =>
        store.getObjectSize(...args).catch((error) => {
          if (isStoreError(error) && error.code === "OBJECT_NOT_FOUND") {
            return 0;
          }
          throw error;
        }),
    }),
    // 6 and 8: an object that is not there yet is one of another size.
    clauses: [6, 7, 8],
    stopped: ["ERR-1", "ERR-2", "ERR-4"],
  },
];

for (const { what, bend, clauses, stopped = [] } of HABITS) {
  Deno.test(`a store that ${what} is blamed for that, whatever a case is about`, async () => {
    const results = await judge(bend);
    const others = results
      .filter(({ failure }) => failure && !clauses.includes(failure.clause))
      .map(({ id, failure }) =>
        `${id} clause ${failure?.clause}: ${failure?.expected}; ${failure?.observed}`
      );
    assertEquals(others, []);
    assert(results.some(({ status }) => status === "fail"));
    for (const id of stopped) {
      const { status, reason } = results.find((result) => result.id === id)!;
      assertEquals(status, "unverified", id);
      assert(reason?.startsWith("stopped by "), reason);
    }
  });
}

async function judge(bend: Habit["bend"]): Promise<CaseResult[]> {
  const { module: _, ...harness } = memoryHarness;
  const open: typeof harness.open = async (ctx) => {
    const store = await memoryHarness.open(ctx) as MemoryObjectStore;
    const methods = bend(store);
    return new Proxy(store, {
      get(target, key) {
        const method = Reflect.get(methods, key) ?? Reflect.get(target, key);
        return typeof method === "function" ? method.bind(target) : method;
      },
    });
  };
  // What a case blames does not depend on how large its objects are.
  const limits = scaleLimits(harness);
  const results = runConformance({ ...harness, open, limits }, {
    seed: "stopped",
    skip: ["BIG-*"],
  });
  return await Array.fromAsync(results);
}

/** As a store rejects that knows nothing of the package's classes. */
function plainly<T>(promise: Promise<T>): Promise<T> {
  return promise.catch((error) => {
    throw isStoreError(error) ? new Error(error.message) : error;
  });
}
