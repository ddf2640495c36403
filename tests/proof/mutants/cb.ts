import type { Call } from "../reference/call.ts";
import { MemoryObjectStore } from "../reference/memory_store.ts";
import type { TransferCallback } from "../../../src/object_store.ts";
import { cbFailureMutants } from "./cb_failures.ts";
import type { Mutant } from "./mutant.ts";
import { type MemoryMutantDetails, ofMemory } from "./of_memory.ts";
import { Retold } from "./retold.ts";

type Details = Omit<MemoryMutantDetails, "group">;

const countDetails: readonly Details[] = [{
  name: "cb-total-unknown-at-first",
  description: "the first call is (0, 0), before the size is known",
  subtle: true,
  caughtBy: [
    "DST-11",
    "CB-1",
    "CB-9",
    "CB-10",
    "CB-13",
    "CB-14",
    "CB-15",
    "SIZ-8",
    "BIG-1",
    "ABT-4",
    "ABT-8",
  ],
  store: class extends Retold {
    protected override retell(callback: TransferCallback): TransferCallback {
      let calls = 0;
      return (bytes, total) => callback(bytes, calls++ ? total : bytes);
    }
  },
}, {
  name: "cb-total-of-whole-chunks",
  description: "the total is rounded up to a multiple of the chunk",
  caughtBy: [
    "PUT-9",
    "DST-11",
    "CB-1",
    "CB-3",
    "CB-10",
    "CB-14",
    "SIZ-8",
    "ATM-6",
    "BIG-1",
    "ABT-4",
  ],
  store: class extends Retold {
    protected override retell(callback: TransferCallback): TransferCallback {
      const round = (count: number) => Math.ceil(count / 65_536) * 65_536;
      return (bytes, total) =>
        callback(bytes === total ? round(total) : bytes, round(total));
    }
  },
}, {
  name: "cb-increments",
  description: "each call tells how large the last piece was",
  caughtBy: [
    "OVW-5",
    "DST-11",
    "DST-13",
    "CB-2",
    "CB-3",
    "CB-5",
    "CB-9",
    "CB-10",
    "CB-14",
    "SIZ-8",
    "ATM-2",
    "ATM-6",
    "BIG-1",
    "ABT-4",
  ],
  store: class extends Retold {
    protected override retell(callback: TransferCallback): TransferCallback {
      let before = 0;
      return (bytes, total) => {
        const piece = bytes - before;
        before = bytes;
        return callback(piece, total);
      };
    }
  },
}, {
  name: "cb-steps-back-once",
  description: "the last piece but one is counted again",
  subtle: true,
  caughtBy: ["DST-11", "CB-2", "CB-10", "CB-14", "SIZ-8", "ATM-6", "BIG-1"],
  store: class extends Retold {
    protected override retell(callback: TransferCallback): TransferCallback {
      let before = 0;
      return (bytes, total) => {
        const isLastPiece = bytes < total && bytes + 65_536 >= total;
        const count = isLastPiece ? Math.max(0, before - 1) : bytes;
        before = bytes;
        return callback(count, total);
      };
    }
  },
}, {
  name: "cb-last-call-after-settling",
  description: "the last call is made when the next operation begins",
  subtle: true,
  caughtBy: [
    "OVW-5",
    "OVW-10",
    "OVW-12",
    "DST-11",
    "DST-13",
    "CB-3",
    "CB-7",
    "CB-8",
    "CB-9",
    "CB-10",
    "CB-14",
    "SIZ-8",
    "ATM-2",
    "ATM-6",
    "CON-8",
    "BIG-1",
    "NAM-15",
  ],
  store: class extends MemoryObjectStore {
    readonly #late: (() => unknown)[] = [];

    protected override finishReport(): Promise<void> {
      return Promise.resolve();
    }

    protected override async run<T>(
      call: Call,
      action: () => Promise<T>,
    ): Promise<T> {
      for (const tell of this.#late.splice(0)) tell();
      const result = await super.run(call, action);
      const { total, options: { callback } } = call;
      if (callback) {
        this.#late.push(() =>
          Promise.try(callback, total, total).catch(() => {})
        );
      }
      return result;
    }
  },
}, {
  name: "cb-stops-at-the-last-whole-chunk",
  description: "the last, smaller piece is not reported",
  caughtBy: [
    "OVW-5",
    "OVW-10",
    "OVW-12",
    "DST-11",
    "DST-13",
    "CB-3",
    "CB-9",
    "CB-10",
    "CB-14",
    "SIZ-8",
    "ATM-2",
    "ATM-6",
    "CON-8",
    "BIG-1",
    "ABT-4",
  ],
  store: class extends MemoryObjectStore {
    protected override async finishReport(call: Call): Promise<void> {
      const whole = call.total - call.total % this.chunkSize;
      await this.tell(call, whole);
    }
  },
}, {
  name: "cb-fractions-of-percents",
  description: "the count is computed from a percentage",
  subtle: true,
  caughtBy: [
    "DST-11",
    "CB-4",
    "CB-10",
    "CB-14",
    "SIZ-8",
    "ATM-6",
    "BIG-1",
    "ABT-4",
  ],
  store: class extends Retold {
    protected override retell(callback: TransferCallback): TransferCallback {
      return (bytes, total) => {
        const percent = Math.floor(100 * bytes / total);
        return callback(total ? total * percent / 100 : 0, total);
      };
    }
  },
}, {
  name: "cb-only-start-and-end",
  description: "nothing is reported between 0 and the total",
  caughtBy: ["CB-5"],
  store: class extends MemoryObjectStore {
    protected override async report(call: Call, bytes: number): Promise<void> {
      if (bytes === 0) await super.report(call, bytes);
    }
  },
}, {
  name: "cb-equal-increments",
  description: "full pieces are reported as their size, then the total",
  subtle: true,
  caughtBy: ["CB-5"],
  store: class extends MemoryObjectStore {
    protected override async report(call: Call, bytes: number): Promise<void> {
      if (bytes > 0 && bytes % this.chunkSize === 0 && bytes <= call.total) {
        await this.tell(call, this.chunkSize);
      }
    }
  },
}, {
  name: "cb-nothing-for-nothing",
  description: "an empty object gives no call",
  caughtBy: ["OVW-5", "CB-7", "CB-9", "SIZ-8", "NAM-15"],
  store: class extends MemoryObjectStore {
    protected override async finishReport(call: Call): Promise<void> {
      if (call.total > 0) await super.finishReport(call);
    }
  },
}, {
  name: "cb-first-and-last-of-nothing",
  description: "an empty object gives a first call and a last one",
  subtle: true,
  caughtBy: ["CB-7", "CB-9", "SIZ-8", "NAM-15"],
  store: class extends MemoryObjectStore {
    protected override async report(call: Call, bytes: number): Promise<void> {
      if (call.total === 0) await this.tell(call, 0);
      await super.report(call, bytes);
    }
  },
}, {
  name: "cb-announces-what-is-not-there",
  description: "a download calls back with 0 of 0 before it knows the object",
  caughtBy: ["CB-12"],
  store: class extends MemoryObjectStore {
    protected override notFound(call: Call): Error {
      void call.options.callback?.(0, 0);
      return super.notFound(call);
    }
  },
}, {
  name: "cb-announces-before-the-file-is-looked-at",
  description: "an existing file is found after the first call",
  subtle: true,
  caughtBy: ["OVW-1", "OVW-7", "DST-13", "CB-12"],
  store: class extends MemoryObjectStore {
    protected override async lookAtDestination(call: Call): Promise<string> {
      call.total = await this.backing.size(call.key) ?? 0;
      await this.report(call, 0);
      return await super.lookAtDestination(call);
    }
  },
}, {
  name: "cb-one-total-for-all",
  description: "the store keeps the total of the transfer begun last",
  caughtBy: ["CB-14"],
  store: class extends Retold {
    #total = 0;

    protected override retell(callback: TransferCallback): TransferCallback {
      return (bytes, total) => {
        if (bytes === 0) this.#total = total;
        return callback(bytes, this.#total);
      };
    }
  },
}, {
  name: "cb-one-callback-for-all",
  description: "small transfers report to the callback of the one begun last",
  subtle: true,
  caughtBy: ["CB-14", "CON-8"],
  store: class extends Retold {
    #last: TransferCallback | undefined;

    protected override retell(callback: TransferCallback): TransferCallback {
      this.#last = callback;
      return (bytes, total) =>
        (total < 8_192 && this.#last || callback)(bytes, total);
    }
  },
}];

/** Faults in what callbacks are told. */
export const cbMutants: readonly Mutant[] = [
  ...countDetails.map((each) => ofMemory({ group: "cb", ...each })),
  ...cbFailureMutants,
];
