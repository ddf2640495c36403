import { setTimeout as wait } from "node:timers/promises";
import type { OperationOptions } from "../../../src/object_store.ts";
import { MemoryObjectStore } from "../reference/memory_store.ts";
import type { Call } from "../reference/call.ts";
import type { HarnessContext } from "../../../conformance/model/harness.ts";
import type { Mutant } from "./mutant.ts";
import { type MemoryMutantDetails, ofMemory } from "./of_memory.ts";

/** How many handles on a directory have been closed. */
const closedIn = new Map<string, number>();

type Details = Omit<MemoryMutantDetails, "group">;

const details: readonly Details[] = [{
  name: "cls-second-refused",
  description: "a second close() rejects as the store is closed",
  caughtBy: ["CLS-1", "CLS-3", "CLS-5", "CLS-7"],
  store: class extends MemoryObjectStore {
    override async close(): Promise<void> {
      if (this.closing) throw this.closed({ action: "close" });
      await super.close();
    }
  },
}, {
  name: "cls-parallel-refused",
  description: "a close() while another one is pending rejects",
  subtle: true,
  caughtBy: ["CLS-1", "CLS-3", "CLS-5", "CLS-7"],
  store: class extends MemoryObjectStore {
    #pending = false;

    override async close(): Promise<void> {
      if (this.#pending) throw this.closed({ action: "close" });
      this.#pending = true;
      await super.close().finally(() => this.#pending = false);
    }
  },
}, {
  name: "cls-gives-up",
  description: "close() waits for transfers, but not for long",
  subtle: true,
  caughtBy: ["CLS-3", "CLS-5", "CLS-7"],
  store: class extends MemoryObjectStore {
    protected override async doClose(): Promise<void> {
      await Promise.race([super.doClose(), wait(100)]);
    }
  },
}, {
  name: "cls-forgets-sizes",
  description: "close() does not wait for getObjectSize",
  subtle: true,
  caughtBy: ["CLS-3"],
  store: class extends MemoryObjectStore {
    override async getObjectSize(
      objectName: string,
      options?: OperationOptions,
    ): Promise<number> {
      const size = await super.getObjectSize(objectName, options);
      await wait(20);
      return size;
    }
  },
}, {
  name: "cls-fails-with-transfers",
  description: "close() rejects when a transfer in flight fails",
  subtle: true,
  caughtBy: ["CLS-3"],
  store: class extends MemoryObjectStore {
    readonly #running = new Set<Promise<unknown>>();

    protected override async run<T>(
      call: Call,
      action: () => Promise<T>,
    ): Promise<T> {
      const running = super.run(call, action);
      this.#running.add(running);
      return await running.finally(() => this.#running.delete(running));
    }

    protected override async doClose(): Promise<void> {
      const running = [...this.#running];
      await super.doClose();
      await Promise.all(running);
    }
  },
}, {
  name: "cls-goes-on",
  description: "a closed store still answers getObjectSize",
  caughtBy: ["ERR-1", "CLS-2", "CLS-5", "CLS-7"],
  store: class extends MemoryObjectStore {
    protected override checkOpen(call: Pick<Call, "action">): void {
      if (!call.action.startsWith("get")) super.checkOpen(call);
    }
  },
}, {
  name: "cls-transient",
  description: "a closed store says that trying again is worth it",
  subtle: true,
  caughtBy: ["ERR-1", "ERR-4", "CLS-2", "CLS-5", "CLS-7", "LST-5"],
  store: class extends MemoryObjectStore {
    protected override checkOpen(call: Call): void {
      if (this.closing) throw this.transient(call, "the store is closed");
    }
  },
}, {
  name: "cls-does-not-wait",
  description: "close() resolves while transfers are in progress",
  subtle: true,
  caughtBy: ["CLS-3", "CLS-5", "CLS-7"],
  store: class extends MemoryObjectStore {
    protected override async doClose(): Promise<void> {
      await this.backing.close();
    }
  },
}, {
  name: "cls-cuts-off",
  description: "close() ends the transfers in progress",
  caughtBy: ["CLS-3", "CLS-5", "CLS-7"],
  store: class extends MemoryObjectStore {
    protected override checkAborted(call: Call): void {
      super.checkAborted(call);
      if (this.closing) throw this.closed(call);
    }
  },
}, {
  name: "cls-never-exits",
  description: "a timer is left when the store is closed",
  caughtBy: ["CLS-4"],
  store: lingering(2 ** 30),
}, {
  name: "cls-stays-a-while",
  description: "a timer of fifteen seconds is left when the store is closed",
  subtle: true,
  caughtBy: ["CLS-4"],
  store: lingering(15_000),
}, {
  name: "cls-lingers-after-cancelled-reading",
  description:
    "a stream that is cancelled when it has been read in part leaves a timer of a minute",
  subtle: true,
  hasPowers: true,
  caughtBy: ["CLS-4"],
  store: class extends MemoryObjectStore {
    readonly #timers = new Map<Call, ReturnType<typeof setTimeout>>();

    protected override async readNext(
      ...[call, object, position, end]: Parameters<
        MemoryObjectStore["readNext"]
      >
    ): Promise<Uint8Array> {
      clearTimeout(this.#timers.get(call));
      const bytes = await super.readNext(call, object, position, end);
      if (position + bytes.length < end) {
        this.#timers.set(call, setTimeout(() => {}, 60_000));
      }
      return bytes;
    }
  },
}, {
  name: "cls-dispose-nothing",
  description: "leaving an 'await using' block does not close the store",
  caughtBy: ["CLS-5"],
  store: class extends MemoryObjectStore {
    override [Symbol.asyncDispose](): Promise<void> {
      return Promise.resolve();
    }
  },
}, {
  name: "cls-dispose-does-not-wait",
  description: "leaving an 'await using' block does not wait for transfers",
  subtle: true,
  caughtBy: ["CLS-5"],
  store: class extends MemoryObjectStore {
    override [Symbol.asyncDispose](): Promise<void> {
      this.close().catch(() => {});
      return Promise.resolve();
    }
  },
}, {
  name: "cls-closes-all",
  description: "closing one handle closes those on the same disk",
  caughtBy: [
    "ERR-1",
    "ERR-2",
    "ERR-4",
    "ERR-13",
    "CLS-3",
    "CLS-5",
    "CLS-6",
    "ABT-10",
  ],
  store: class extends MemoryObjectStore {
    readonly #directory: string;
    readonly #closedBefore: number;

    constructor(ctx: HarnessContext) {
      super(ctx);
      this.#directory = ctx.directory;
      this.#closedBefore = closedIn.get(ctx.directory) ?? 0;
    }

    override close(): Promise<void> {
      const closed = closedIn.get(this.#directory) ?? 0;
      closedIn.set(this.#directory, closed + 1);
      return super.close();
    }

    protected override checkOpen(call: Call): void {
      super.checkOpen(call);
      const closed = closedIn.get(this.#directory) ?? 0;
      if (closed > this.#closedBefore) throw this.closed(call);
    }
  },
}, {
  name: "cls-cuts-off-others",
  description: "closing one handle makes transfers of others fail",
  subtle: true,
  caughtBy: ["CLS-6"],
  store: class extends MemoryObjectStore {
    readonly #directory: string;

    constructor(ctx: HarnessContext) {
      super(ctx);
      this.#directory = ctx.directory;
    }

    override close(): Promise<void> {
      const closed = closedIn.get(this.#directory) ?? 0;
      closedIn.set(this.#directory, closed + 1);
      return super.close();
    }

    protected override async tell(call: Call, bytes: number): Promise<void> {
      const before = closedIn.get(this.#directory) ?? 0;
      await super.tell(call, bytes);
      const after = closedIn.get(this.#directory) ?? 0;
      if (!this.closing && after > before) {
        throw this.transient(call, "the connection was closed");
      }
    }
  },
}, {
  name: "cls-closed-when-done",
  description: "the store is open until close() resolves",
  subtle: true,
  caughtBy: ["CLS-7"],
  store: class extends MemoryObjectStore {
    #isClosed = false;

    override async close(): Promise<void> {
      await super.close();
      this.#isClosed = true;
    }

    protected override checkOpen(call: Pick<Call, "action">): void {
      if (this.#isClosed) throw this.closed(call);
    }
  },
}, {
  name: "cls-closed-a-turn-late",
  description: "what is called in the very turn of close() still begins",
  subtle: true,
  caughtBy: ["CLS-7"],
  store: class extends MemoryObjectStore {
    override async close(): Promise<void> {
      await Promise.resolve();
      await super.close();
    }
  },
}];

/** Faults in what closing does. */
export const clsMutants: readonly Mutant[] = details.map((each) =>
  ofMemory({ group: "cls", ...each })
);

/** A store that leaves a timer behind once it was used in every way, but not in the process of the suite, which it would keep alive. */
function lingering(ms: number): Details["store"] {
  return class extends MemoryObjectStore {
    readonly #done = new Set<string>();

    protected override async run<T>(
      call: Call,
      action: () => Promise<T>,
    ): Promise<T> {
      const result = await super.run(call, action);
      this.#done.add(call.action);
      return result;
    }

    protected override async doClose(): Promise<void> {
      await super.doClose();
      const isInChild = Deno.mainModule.endsWith("/child_main.ts");
      if (isInChild && this.#done.size === 3) setTimeout(() => {}, ms);
    }
  };
}
