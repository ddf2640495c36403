import type { HarnessContext } from "../../../conformance/model/harness.ts";
import { respHarness } from "../reference/resp_harness.ts";
import { RespBacking } from "../reference/resp_backing.ts";
import { RespClient } from "../reference/resp_client.ts";
import {
  endpointOf,
  RespStore,
  SILENCE_MS,
  URI,
} from "../reference/resp_store.ts";
import type { Mutant } from "./mutant.ts";

/** What is wrong with a store on a service that does not speak HTTP. */
export interface RespFault extends Omit<Mutant, "harness"> {
  /** How it asks the service. @default Rightly. */
  readonly client?: typeof RespClient;
  /** How it keeps objects there. @default Rightly. */
  readonly backing?: typeof RespBacking;
  /** What it does with that. @default What is right. */
  readonly store?: typeof RespStore;
  /** Milliseconds of silence after which it gives up. @default {1000} */
  readonly silenceMs?: number;
}

/** Makes a mutant of the reference store on Redis. */
export function ofResp(
  {
    client: Client = RespClient,
    backing: Backing = RespBacking,
    store: Store = RespStore,
    silenceMs = SILENCE_MS,
    ...mutant
  }: RespFault,
): Mutant {
  const open = (ctx: HarnessContext) => {
    const client = new Client(endpointOf(ctx), silenceMs);
    return new Store(ctx, new Backing(client, URI));
  };
  const { module: _, ...harness } = respHarness;
  return { ...mutant, harness: { ...harness, name: mutant.name, open } };
}
