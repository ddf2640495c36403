import {
  type DriverOptions,
  StoreFailure,
  type UploadBody,
} from "../../../src/driver.ts";
import { NodeHttpDriver } from "../benign/http_node_driver.ts";
import httpHarness from "../reference/http_harness.ts";
import { httpOpeners } from "../reference/http_openers.ts";
import type { Mutant } from "./mutant.ts";

const MIB = 2 ** 20;
/** Milliseconds, as the harness says. */
const STALL = 1_500;

/** Sends every object in one request, and ends it by a clock that only so many bytes set back. */
function clocked(bytesPerTick: number): typeof NodeHttpDriver {
  return class extends NodeHttpDriver {
    override async put(
      key: string,
      body: UploadBody,
      { signal }: DriverOptions,
    ): Promise<void> {
      const clock = new AbortController();
      const ring = () => clock.abort();
      let timer = setTimeout(ring, STALL);
      let left = bytesPerTick;
      async function* chunks(size?: Parameters<UploadBody["chunks"]>[0]) {
        for await (const chunk of body.chunks(size)) {
          left -= chunk.length;
          if (left <= 0) {
            clearTimeout(timer);
            timer = setTimeout(ring, STALL);
            left = bytesPerTick;
          }
          yield chunk;
        }
      }
      try {
        await super.put(key, {
          size: body.size,
          chunks,
          read: (buffer, position) => body.read(buffer, position),
        }, { signal: AbortSignal.any([signal, clock.signal]) });
      } catch (error) {
        if (!clock.signal.aborted) throw error;
        throw new StoreFailure("TRANSIENT", "the upload took too long");
      } finally {
        clearTimeout(timer);
      }
    }
  };
}

function mutant(
  details: Omit<Mutant, "harness">,
  driver: typeof NodeHttpDriver,
): Mutant {
  // Node's client is not given certificates here.
  const { openTrusting: _, ...harness } = httpHarness;
  const { openTrusting: __, ...openers } = httpOpeners<NodeHttpDriver>({
    driver,
    timeout: STALL,
  });
  return {
    ...details,
    harness: {
      ...harness,
      name: details.name,
      module: `${
        import.meta.resolve("./as_module.ts")
      }?group=trn&name=${details.name}`,
      ...openers,
      // With it the matrix leaves objects as large as they are.
      capabilities: ["flat", "reopen", "list", "streaming"],
      limits: {
        ...httpHarness.limits,
        largestObject: 64 * MIB,
        partSize: 64 * MIB,
      },
    },
  };
}

/** Stores that are wrong about uploads over slow links. */
export const trnSlowUploadMutants: readonly Mutant[] = [
  mutant({
    name: "trn-upload-in-time",
    description: "a whole upload has as much time as a silent request",
    caughtBy: ["TRN-22"],
  }, clocked(Infinity)),
  mutant({
    name: "trn-half-an-upload-in-time",
    description: "silence is broken by each 24 MiB of an upload alone",
    subtle: true,
    caughtBy: ["TRN-22"],
  }, clocked(24 * MIB)),
];
