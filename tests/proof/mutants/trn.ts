import type { Call } from "../reference/call.ts";
import { MemoryObjectStore } from "../reference/memory_store.ts";
import type { Mutant } from "./mutant.ts";
import { ofMemory } from "./of_memory.ts";
import { trnBodyMutants } from "./trn_body.ts";
import { trnConnectionMutants } from "./trn_connection.ts";
import { trnRecoveryMutants } from "./trn_recovery.ts";
import { trnSilentPowerMutants } from "./trn_silent_powers.ts";
import { trnSlowUploadMutants } from "./trn_slow_upload.ts";
import { trnStatusMutants } from "./trn_status.ts";
import { trnUploadMutants } from "./trn_upload.ts";

/** Stores that are wrong about what is worth trying again. */
export const trnMutants: readonly Mutant[] = [
  ofMemory({
    group: "trn",
    name: "trn-by-text",
    description: "what is transient is looked for in the message",
    subtle: true,
    caughtBy: ["TRN-7"],
    store: class extends MemoryObjectStore {
      protected override translate(call: Call, error: unknown): unknown {
        const isBusy = /timeout|slowdown|econnreset/i.test(`${error}`);
        return isBusy ? this.transient(call, `${error}`) : error;
      }
    },
  }),
  ...trnStatusMutants,
  ...trnConnectionMutants,
  ...trnBodyMutants,
  ...trnUploadMutants,
  ...trnSlowUploadMutants,
  ...trnRecoveryMutants,
  ...trnSilentPowerMutants,
];
