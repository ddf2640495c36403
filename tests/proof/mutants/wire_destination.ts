import { appendFile, rm } from "node:fs/promises";
import { cwd } from "node:process";
import { join } from "node:path";
import type { OpenObject, OpenOptions } from "../../../src/driver.ts";
import type { StoredObject } from "../reference/backing.ts";
import type { Call } from "../reference/call.ts";
import { HttpDriver } from "../reference/http_driver.ts";
import { HttpObjectStore } from "../reference/http_store.ts";
import type { Temporary } from "../reference/local_steps.ts";
import type { Mutant } from "./mutant.ts";
import { type HttpMutantDetails, ofHttp } from "./of_http.ts";

/** Does something besides when a transfer has failed by the service. */
abstract class OnLoss extends HttpObjectStore {
  /** What is done. */
  protected abstract lose(call: Call): Promise<void>;

  protected override async receive(
    call: Call,
    object: StoredObject,
    temporary: Temporary,
  ): Promise<void> {
    try {
      await super.receive(call, object, temporary);
    } catch (error) {
      if (!call.failure) await this.lose(call);
      throw error;
    }
  }
}

const details: readonly Omit<HttpMutantDetails, "group">[] = [{
  name: "wire-ovw-begins-early",
  description: "the download begins before the destination is looked at",
  subtle: true,
  caughtBy: ["OVW-1"],
  store: class extends HttpObjectStore {
    readonly #early = new Map<Call, Promise<StoredObject>>();
    protected override async lookAtDestination(call: Call): Promise<string> {
      const opening = super.openObject(call);
      this.#early.set(call, opening);
      const outcome = (await Promise.allSettled([opening]))[0];
      try {
        return await super.lookAtDestination(call);
      } catch (error) {
        if (outcome.status === "fulfilled") await outcome.value.close();
        throw error;
      }
    }
    protected override openObject(call: Call): Promise<StoredObject> {
      return this.#early.get(call) ?? super.openObject(call);
    }
  },
}, {
  name: "wire-ovw-clears-the-way",
  description:
    "a download whose body breaks removes what is at its destination",
  subtle: true,
  caughtBy: ["ATM-2", "OVW-6", "GET-10", "ATM-10"],
  store: class extends OnLoss {
    protected override async lose({ path }: Call): Promise<void> {
      await rm(path, { force: true }).catch(() => {});
    }
  },
}, {
  name: "wire-atm-logs-losses",
  description:
    "lost connections are noted in a file of the working directory, if that is below the destination's",
  subtle: true,
  caughtBy: ["ATM-3"],
  store: class extends OnLoss {
    protected override async lose({ path }: Call): Promise<void> {
      const near = join(path, "..", "..", "..");
      if (cwd().startsWith(near)) {
        await appendFile(join(cwd(), "losses.log"), `${path}\n`);
      }
    }
  },
}, {
  name: "wire-atm-size-of-another-version",
  description: "the size is that of a HEAD, the bytes are those of a later GET",
  subtle: true,
  caughtBy: ["ATM-6", "TRN-15", "TRN-16"],
  driver: class extends HttpDriver {
    override async open(
      key: string,
      options: OpenOptions,
    ): Promise<OpenObject> {
      const size = await this.getSize(key, options);
      const url = this.objectUrl(key);
      const answer = await this.client.ask(url, options);
      const body = fill(answer.chunks(), size);
      return { size, bodySize: size, body, close: () => answer.cancel() };
    }
  },
}];

/** Bytes that are cut, or filled up, to a size. */
async function* fill(
  chunks: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<Uint8Array> {
  let left = size;
  for await (const chunk of chunks) {
    yield chunk.subarray(0, left);
    left -= Math.min(left, chunk.length);
  }
  if (left > 0) yield new Uint8Array(left);
}

/** Stores whose destinations are wrong when the wire fails. */
export const wireDestinationMutants: readonly Mutant[] = details.map((each) =>
  ofHttp({ group: "wire_destination", ...each })
);
