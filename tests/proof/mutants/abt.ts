import { rm } from "node:fs/promises";
import type { NewObject } from "../reference/backing.ts";
import type { Call } from "../reference/call.ts";
import type { Temporary } from "../reference/local_steps.ts";
import { MemoryObjectStore } from "../reference/memory_store.ts";
import type { Mutant } from "./mutant.ts";
import { type MemoryMutantDetails, ofMemory } from "./of_memory.ts";
import { storeLater } from "./store_later.ts";

type Details = Omit<MemoryMutantDetails, "group">;

const details: readonly Details[] = [{
  name: "abt-only-listens",
  description: "a signal that has fired already is not looked at",
  caughtBy: ["ERR-13", "ATM-2", "ABT-1"],
  store: class extends MemoryObjectStore {
    protected override makeCall(
      ...args: Parameters<MemoryObjectStore["makeCall"]>
    ): Call {
      const [{ options: { signal, ...options }, ...rest }] = args;
      const kept = signal?.aborted ? undefined : signal;
      return super.makeCall({
        ...rest,
        options: { ...options, ...(kept && { signal: kept }) },
      });
    }
  },
}, {
  name: "abt-not-in-the-last-call",
  description: "an abort while the last call hangs waits for it",
  subtle: true,
  caughtBy: ["ABT-2"],
  store: class extends MemoryObjectStore {
    protected override async finishReport(call: Call): Promise<void> {
      const { callback } = call.options;
      this.checkAborted(call);
      try {
        await callback?.(call.total, call.total);
      } catch (error) {
        call.fail(error);
      }
      this.checkAborted(call);
    }
  },
}, {
  name: "abt-own-reason",
  description: "an abort rejects with an AbortError of the store's own",
  caughtBy: [
    "DST-11",
    "CB-15",
    "ERR-13",
    "ABT-1",
    "ABT-2",
    "ABT-5",
    "ABT-7",
    "ABT-8",
    "ABT-9",
    "ABT-10",
  ],
  store: class extends MemoryObjectStore {
    protected override async run<T>(
      call: Call,
      action: () => Promise<T>,
    ): Promise<T> {
      try {
        return await super.run(call, action);
      } catch (error) {
        if (error !== call.options.signal?.reason) throw error;
        throw new DOMException("The operation was aborted", "AbortError");
      }
    }
  },
}, {
  name: "abt-file-before-signal",
  description: "the destination is looked at before the signal",
  subtle: true,
  caughtBy: ["ERR-13", "ABT-1"],
  store: class extends MemoryObjectStore {
    protected override async run<T>(
      call: Call,
      action: () => Promise<T>,
    ): Promise<T> {
      const isAborted = call.options.signal?.aborted && !this.closing;
      if (isAborted && call.action === "download") {
        await this.lookAtDestination(call);
      }
      return await super.run(call, action);
    }
  },
}, {
  name: "abt-not-while-called",
  description: "an abort is not noticed while a callback is in progress",
  caughtBy: ["CB-15", "ABT-2", "ABT-5", "ABT-7"],
  store: class extends MemoryObjectStore {
    protected override async tell(call: Call, bytes: number): Promise<void> {
      const { callback } = call.options;
      this.checkAborted(call);
      await Promise.resolve(callback?.(bytes, call.total)).catch((error) =>
        call.fail(error)
      );
      this.checkAborted(call);
    }
  },
}, {
  name: "abt-leaves-temporary",
  description: "an aborted download leaves its temporary file",
  subtle: true,
  caughtBy: [
    "DST-11",
    "CB-8",
    "CB-13",
    "CB-15",
    "CON-8",
    "ABT-2",
    "ABT-5",
    "ABT-7",
    "ABT-8",
  ],
  mayBeCaughtBy: ["CON-7"],
  store: class extends MemoryObjectStore {
    readonly #calls = new WeakMap<Temporary, Call>();

    protected override async receive(
      ...args: Parameters<MemoryObjectStore["receive"]>
    ): Promise<void> {
      this.#calls.set(args[2], args[0]);
      await super.receive(...args);
    }

    protected override async removeTemporary(made: Temporary): Promise<void> {
      const signal = this.#calls.get(made)?.options.signal;
      if (!signal?.aborted) return await super.removeTemporary(made);
      await made.file.close();
    }
  },
}, {
  name: "abt-removes-old-file",
  description: "an aborted download removes the file that it was to replace",
  subtle: true,
  caughtBy: ["ABT-2"],
  store: class extends MemoryObjectStore {
    protected override async download(call: Call): Promise<void> {
      try {
        await super.download(call);
      } catch (error) {
        if (call.options.signal?.aborted && call.options.overwrite) {
          await rm(call.path, { force: true });
        }
        throw error;
      }
    }
  },
}, {
  name: "abt-cleans-up-later",
  description: "an abort after success removes the file",
  subtle: true,
  caughtBy: ["ABT-4", "ABT-6"],
  store: class extends MemoryObjectStore {
    protected override async download(call: Call): Promise<void> {
      await super.download(call);
      call.options.signal?.addEventListener(
        "abort",
        () => void rm(call.path, { force: true }),
      );
    }
  },
}, {
  name: "abt-timeout-is-transient",
  description: "a signal's TimeoutError is taken for one of the network",
  subtle: true,
  caughtBy: ["ABT-5"],
  store: class extends MemoryObjectStore {
    protected override async run<T>(
      call: Call,
      action: () => Promise<T>,
    ): Promise<T> {
      try {
        return await super.run(call, action);
      } catch (error) {
        if ((error as Error | undefined)?.name !== "TimeoutError") throw error;
        throw this.transient(call, "timed out");
      }
    }
  },
}, {
  name: "abt-keeps-listening",
  description: "a listener stays on the signal after each operation",
  caughtBy: ["ABT-6"],
  store: class extends MemoryObjectStore {
    protected override endListening(): void {}
  },
}, {
  name: "abt-keeps-listening-after-failure",
  description: "a listener stays on the signal after a callback has thrown",
  subtle: true,
  caughtBy: ["ABT-6"],
  store: class extends MemoryObjectStore {
    protected override async tell(call: Call, bytes: number): Promise<void> {
      try {
        await super.tell(call, bytes);
      } catch (error) {
        if (!call.options.signal?.aborted) {
          call.options.signal?.addEventListener(
            "abort",
            () => call.fail(error),
          );
        }
        throw error;
      }
    }
  },
}, {
  name: "abt-keeps-listening-where-a-file-exists",
  description:
    "a listener stays on the signal after a download that found a file",
  subtle: true,
  caughtBy: ["ABT-6"],
  store: class extends MemoryObjectStore {
    protected override async download(call: Call): Promise<void> {
      try {
        await super.download(call);
      } catch (error) {
        const { code } = error as { code?: unknown };
        const { signal } = call.options;
        if (code === "FILE_EXISTS" && !signal?.aborted) {
          signal?.addEventListener("abort", () => call.fail(error));
        }
        throw error;
      }
    }
  },
}, {
  name: "abt-one-for-all",
  description: "an abort ends every operation of the store",
  caughtBy: ["CON-7", "CON-8", "ABT-7"],
  store: class extends MemoryObjectStore {
    readonly #calls = new Set<Call>();

    protected override async run<T>(
      call: Call,
      action: () => Promise<T>,
    ): Promise<T> {
      this.#calls.add(call);
      const onAbort = () => {
        for (const each of this.#calls) each.fail(call.options.signal?.reason);
      };
      call.options.signal?.addEventListener("abort", onAbort);
      try {
        return await super.run(call, action);
      } finally {
        call.options.signal?.removeEventListener("abort", onAbort);
        this.#calls.delete(call);
      }
    }
  },
}, {
  name: "abt-first-of-signal",
  description: "only one operation at a time listens to a signal",
  subtle: true,
  caughtBy: ["ABT-7"],
  store: class extends MemoryObjectStore {
    readonly #heard = new Set<AbortSignal>();

    protected override async run<T>(
      call: Call,
      action: () => Promise<T>,
    ): Promise<T> {
      const { signal } = call.options;
      if (!signal || signal.aborted) return await super.run(call, action);
      if (this.#heard.has(signal)) return await this.keepBusy(action());
      this.#heard.add(signal);
      return await super.run(call, action)
        .finally(() => this.#heard.delete(signal));
    }
  },
}, {
  name: "abt-rejects-after-publishing",
  description:
    "an abort in the last call is noticed when the file is published",
  subtle: true,
  caughtBy: ["CON-8", "ABT-8"],
  store: class extends MemoryObjectStore {
    protected override checkAborted(call: Call): void {
      const isLate = call.reported === call.total &&
        call.failure?.error === call.options.signal?.reason;
      if (!isLate) super.checkAborted(call);
    }

    protected override async publish(
      ...args: Parameters<MemoryObjectStore["publish"]>
    ): Promise<void> {
      await super.publish(...args);
      super.checkAborted(args[0]);
    }
  },
}, {
  name: "abt-upload-taken-back",
  description: "an abort in the last call takes the object back",
  caughtBy: ["ABT-8"],
  store: class extends MemoryObjectStore {
    protected override async upload(call: Call): Promise<void> {
      try {
        await super.upload(call);
      } catch (error) {
        if (call.options.signal?.aborted && call.reported === call.total) {
          await (await this.backing.create(call.key, 0)).commit();
        }
        throw error;
      }
    }
  },
}, {
  name: "abt-goes-on",
  description: "an aborted upload goes on after it has rejected",
  caughtBy: ["ABT-9"],
  store: class extends MemoryObjectStore {
    protected override async discardObject(
      call: Call,
      object: NewObject,
    ): Promise<void> {
      await super.discardObject(call, object);
      if (!call.options.signal?.aborted) return;
      this.keepBusy(storeLater(this.backing, call)).catch(() => {});
    }
  },
}, {
  name: "abt-too-late-to-stop",
  description:
    "an upload that is aborted after four fifths of its bytes is stored after it has rejected",
  subtle: true,
  caughtBy: ["ABT-9"],
  store: class extends MemoryObjectStore {
    protected override async discardObject(
      call: Call,
      object: NewObject,
    ): Promise<void> {
      await super.discardObject(call, object);
      const isLate = call.reported > call.total * 0.8;
      if (!isLate || !call.options.signal?.aborted) return;
      this.keepBusy(storeLater(this.backing, call)).catch(() => {});
    }
  },
}];

/** Faults in what an abort signal does. */
export const abtMutants: readonly Mutant[] = details.map((each) =>
  ofMemory({ group: "abt", ...each })
);
