import type { HarnessContext } from "../../../conformance/model/harness.ts";
import { ObjectStoreTransientError } from "../../../src/errors.ts";
import type { Call } from "./call.ts";
import { ReferenceStore } from "./reference_store.ts";
import { RespBacking } from "./resp_backing.ts";
import { ConnectionError, RespClient } from "./resp_client.ts";

/** How long a silent service is waited for. */
export const SILENCE_MS = 1_000;

/** A correct store whose objects are in a Redis: it tries nothing again by itself. */
export class RespStore extends ReferenceStore {
  /** @param ctx Where its objects are. @param backing How they are kept there. */
  constructor(ctx: HarnessContext, backing = defaultBacking(ctx)) {
    super(backing, ctx.prefix);
  }

  protected override translate(call: Call, error: unknown): unknown {
    if (!(error instanceof ConnectionError)) return error;
    return this.transient(call, error.message);
  }

  /** As for other operations, but without an object. */
  protected override async listNames(prefix: string): Promise<string[]> {
    try {
      return await super.listNames(prefix);
    } catch (cause) {
      if (!(cause instanceof ConnectionError)) throw cause;
      throw new ObjectStoreTransientError(
        `Cannot list objects: ${cause.message}`,
        { cause },
      );
    }
  }
}

/** Asks the service at the harness's endpoint. */
export function defaultBacking(ctx: HarnessContext): RespBacking {
  return new RespBacking(new RespClient(endpointOf(ctx), SILENCE_MS), URI);
}

/** Objects of one service have one URI, whatever proxy is in front. */
export const URI = "redis://reference/";

/** The address of the service, or of the proxy in front. */
export function endpointOf({ endpoint }: HarnessContext): string {
  if (endpoint === undefined) throw new TypeError("There is no endpoint");
  return endpoint;
}
