import { writeFile } from "node:fs/promises";
import type { NewObject } from "../reference/backing.ts";
import type { Call } from "../reference/call.ts";
import { MemoryObjectStore } from "../reference/memory_store.ts";
import type { TransferCallback } from "../../../src/object_store.ts";
import type { Mutant } from "./mutant.ts";
import { type MemoryMutantDetails, ofMemory } from "./of_memory.ts";
import { Retold } from "./retold.ts";
import { storeLater } from "./store_later.ts";

type Details = Omit<MemoryMutantDetails, "group">;

/** A store for which it does not matter what some calls throw. */
function ignoring(
  isIgnored: (bytes: number, total: number) => boolean,
): typeof MemoryObjectStore {
  return class extends Retold {
    protected override retell(callback: TransferCallback): TransferCallback {
      return async (bytes, total) => {
        try {
          await callback(bytes, total);
        } catch (error) {
          if (!isIgnored(bytes, total)) throw error;
        }
      };
    }
  };
}

const details: readonly Details[] = [{
  name: "cb-says-it-twice",
  description: "the last call of a download is repeated when it has resolved",
  caughtBy: ["CB-8"],
  store: class extends MemoryObjectStore {
    override async downloadObject(
      ...args: Parameters<MemoryObjectStore["downloadObject"]>
    ): Promise<void> {
      await super.downloadObject(...args);
      const call = this.checkCall("download", ...args);
      const size = await this.backing.size(call.key) ?? 0;
      setTimeout(() => call.options.callback?.(size, size), 20);
    }
  },
}, {
  name: "cb-once-a-second",
  description: "who is told once a second is told once more after the end",
  subtle: true,
  caughtBy: ["CB-8"],
  store: class extends MemoryObjectStore {
    override async uploadObject(
      ...args: Parameters<MemoryObjectStore["uploadObject"]>
    ): Promise<void> {
      let told: [number, number] | undefined;
      const { callback, ...options } = args[2] ?? {};
      if (!callback) return await super.uploadObject(...args);
      await super.uploadObject(args[0], args[1], {
        ...options,
        callback: (...call) => {
          told = call;
          return callback(...call);
        },
      });
      const again = async (...call: [number, number]) => {
        await Promise.resolve(callback(...call)).catch(() => {});
      };
      if (told && told[1] > 0) {
        setTimeout(
          (...call) => void again(...call).catch(() => {}),
          1_000,
          ...told,
        );
      }
    }
  },
}, {
  name: "cb-goes-on-after-a-failure",
  description: "a callback that has thrown is called once more, later",
  subtle: true,
  caughtBy: ["CB-8"],
  store: class extends Retold {
    protected override retell(callback: TransferCallback): TransferCallback {
      const again = async (bytes: number, total: number) => {
        await Promise.resolve(callback(bytes, total)).catch(() => {});
      };
      return (bytes, total) => {
        try {
          return callback(bytes, total);
        } catch (error) {
          setTimeout(() => again(bytes, total).catch(() => {}), 30);
          throw error;
        }
      };
    }
  },
}, {
  name: "cb-wraps-what-the-callback-throws",
  description: "the callback's error becomes a cause",
  caughtBy: ["OVW-10", "DST-11", "CB-9"],
  store: class extends Retold {
    protected override retell(callback: TransferCallback): TransferCallback {
      return async (bytes, total) => {
        try {
          await callback(bytes, total);
        } catch (cause) {
          throw new Error("Cannot report progress", { cause });
        }
      };
    }
  },
}, {
  name: "cb-ignores-the-last-call-s-error",
  description: "what the last call throws does not fail the transfer",
  subtle: true,
  caughtBy: ["DST-11", "CB-9", "ATM-2", "CON-8"],
  store: ignoring((bytes, total) => bytes === total),
}, {
  name: "cb-ignores-what-an-empty-object-s-call-throws",
  description: "the only call of an empty object cannot fail the transfer",
  subtle: true,
  caughtBy: ["CB-9"],
  store: ignoring((_bytes, total) => total === 0),
}, {
  name: "cb-does-not-wait-for-the-last-call",
  description: "the promise settles while the last call is in progress",
  subtle: true,
  caughtBy: ["CB-9", "CB-10", "ATM-2", "CON-8"],
  store: class extends Retold {
    protected override retell(callback: TransferCallback): TransferCallback {
      return (bytes, total) => {
        const told = callback(bytes, total);
        if (bytes < total) return told;
        told?.catch(() => {});
      };
    }
  },
}, {
  name: "cb-always-says-100",
  description: "a transfer that fails says (total, total) at its end, too",
  caughtBy: ["CB-13", "CB-15"],
  store: class extends MemoryObjectStore {
    protected override async upload(call: Call): Promise<void> {
      try {
        await super.upload(call);
      } catch (error) {
        await call.options.callback?.(call.total, call.total);
        throw error;
      }
    }
  },
}, {
  name: "cb-local-failure-is-complete",
  description: "an upload whose source has changed says (total, total) first",
  subtle: true,
  caughtBy: ["CB-13"],
  store: class extends MemoryObjectStore {
    protected override async send(
      ...args: Parameters<MemoryObjectStore["send"]>
    ): Promise<void> {
      const [call] = args;
      try {
        await super.send(...args);
      } catch (error) {
        if (!call.failure) await this.finishReport(call);
        throw error;
      }
    }
  },
}, {
  name: "cb-waits-for-a-callback-that-hangs",
  description: "an abort is only noticed when the callback has ended",
  caughtBy: ["CB-15", "ABT-2", "ABT-5", "ABT-7"],
  store: class extends MemoryObjectStore {
    protected override async tell(call: Call, bytes: number): Promise<void> {
      this.checkAborted(call);
      call.reported = bytes;
      try {
        await call.options.callback?.(bytes, call.total);
      } catch (error) {
        call.fail(error);
      }
      this.checkAborted(call);
    }
  },
}, {
  name: "cb-gives-a-callback-that-hangs-some-time",
  description: "an abort waits for the callback, at most six seconds",
  subtle: true,
  caughtBy: ["CB-15", "ABT-2", "ABT-5", "ABT-7"],
  store: class extends MemoryObjectStore {
    protected override async tell(call: Call, bytes: number): Promise<void> {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const { callback } = call.options;
      const told = callback && this.#caught(callback(bytes, call.total), call);
      await Promise.race([
        told,
        new Promise((resolve) => timer = setTimeout(resolve, 6_000)),
      ]);
      clearTimeout(timer);
      this.checkAborted(call);
    }

    async #caught(told: unknown, call: Call): Promise<void> {
      await Promise.resolve(told).catch((error) => call.fail(error));
    }
  },
}, {
  name: "cb-overlapping-calls",
  description: "intermediate calls are not awaited, only their errors are seen",
  subtle: true,
  caughtBy: ["CB-16"],
  store: class extends MemoryObjectStore {
    readonly #told = new Map<Call, Promise<unknown>[]>();

    protected override async tell(call: Call, bytes: number): Promise<void> {
      const told = this.#told.get(call) ?? [];
      this.#told.set(call, [...told, super.tell(call, bytes)]);
      for (const each of this.#told.get(call) ?? []) each.catch(() => {});
      if (bytes === call.total) await Promise.all(this.#told.get(call) ?? []);
      await Promise.resolve();
      this.checkAborted(call);
    }
  },
}, {
  name: "cb-stores-all-the-same",
  description:
    "an upload whose callback has thrown is stored after it has rejected",
  caughtBy: ["CB-17"],
  store: class extends MemoryObjectStore {
    protected override async discardObject(
      call: Call,
      object: NewObject,
    ): Promise<void> {
      await super.discardObject(call, object);
      if (!call.failure || call.options.signal?.aborted) return;
      this.keepBusy(storeLater(this.backing, call)).catch(() => {});
    }
  },
}, {
  name: "cb-stores-what-has-changed",
  description:
    "an upload whose source has changed is stored after it has rejected",
  subtle: true,
  caughtBy: ["CB-17"],
  store: class extends MemoryObjectStore {
    protected override async discardObject(
      call: Call,
      object: NewObject,
    ): Promise<void> {
      await super.discardObject(call, object);
      if (call.failure) return;
      this.keepBusy(storeLater(this.backing, call)).catch(() => {});
    }
  },
}, {
  name: "cb-publishes-all-the-same",
  description:
    "a download whose callback has thrown near the end writes its file after it has rejected",
  subtle: true,
  caughtBy: ["CB-17"],
  store: class extends MemoryObjectStore {
    protected override async download(call: Call): Promise<void> {
      try {
        await super.download(call);
      } catch (error) {
        const isLate = call.reported > call.total * 0.8 &&
          call.reported < call.total;
        if (call.failure && isLate && call.options.overwrite) {
          setTimeout(() => this.#write(call).catch(() => {}), 300);
        }
        throw error;
      }
    }

    async #write({ key, path }: Call): Promise<void> {
      const object = await this.backing.open(key);
      if (object) await writeFile(path, await object.read(0, object.size));
      await object?.close();
    }
  },
}];

/** The part of group CB about callbacks that fail or take their time. */
export const cbFailureMutants: readonly Mutant[] = details.map((each) =>
  ofMemory({ group: "cb", ...each })
);
