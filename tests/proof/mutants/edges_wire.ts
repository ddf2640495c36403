import {
  type DriverOptions,
  type OpenObject,
  StoreFailure,
  type UploadBody,
} from "../../../src/driver.ts";
import { HttpDriver } from "../reference/http_driver.ts";
import { TOKEN } from "../reference/http_server.ts";
import type { Mutant } from "./mutant.ts";
import { ofHttp } from "./of_http.ts";

/** What a careless client adds to an error. */
function withRequest(error: unknown): unknown {
  if (!(error instanceof StoreFailure)) return error;
  const headers = { authorization: `Bearer ${TOKEN}` };
  const cause = Object.assign(new Error("the request failed"), { headers });
  return new StoreFailure(error.code, error.reason, { cause });
}

/** Stores on the wire that are wrong in one way of being called only. */
export const edgeWireMutants: readonly Mutant[] = [
  ofHttp({
    group: "edges_wire",
    name: "trn-416-is-empty",
    description: "what has no first byte is empty, whatever its size",
    subtle: true,
    caughtBy: ["TRN-16"],
    driver: class extends HttpDriver {
      protected override openEmpty(): Promise<OpenObject> {
        const body = ReadableStream.from<Uint8Array>([]);
        return Promise.resolve({ size: 0, bodySize: 0, body });
      }
    },
  }),
  ofHttp({
    group: "edges_wire",
    name: "trn-empty-unanswered",
    description: "nobody looks at the answer to an upload without bytes",
    subtle: true,
    caughtBy: ["TRN-1", "TRN-6"],
    driver: class extends HttpDriver {
      override async put(
        key: string,
        body: UploadBody,
        options: DriverOptions,
      ): Promise<void> {
        if (body.size > 0) return await super.put(key, body, options);
        const answer = await this.client.send(this.objectUrl(key), {
          method: "PUT",
          body: new Uint8Array(),
          signal: options.signal,
        });
        await answer.cancel();
      }
    },
  }),
  ofHttp({
    group: "edges_wire",
    name: "cls-timer-after-a-failed-put",
    description: "a request with a body that fails leaves a timer of 30 s",
    subtle: true,
    caughtBy: ["CLS-4"],
    driver: class extends HttpDriver {
      override async put(
        key: string,
        body: UploadBody,
        options: DriverOptions,
      ): Promise<void> {
        try {
          await super.put(key, body, options);
        } catch (error) {
          setTimeout(() => {}, 30_000);
          throw error;
        }
      }
    },
  }),
  ofHttp({
    group: "edges_wire",
    name: "lst-asks-from-the-start",
    description:
      "a listing whose page is refused for now begins again, and names twice what it has named",
    subtle: true,
    caughtBy: ["LST-5"],
    driver: class extends HttpDriver {
      override async *list(
        keyPrefix: string,
        options: DriverOptions,
      ): AsyncGenerator<string, void> {
        try {
          yield* super.list(keyPrefix, options);
        } catch (error) {
          if ((error as { code?: unknown }).code !== "TRANSIENT") throw error;
          yield* super.list(keyPrefix, options);
        }
      }
    },
  }),
  ofHttp({
    group: "edges_wire",
    name: "err-secret-of-listings",
    description: "the error of a listing has the headers of its request",
    subtle: true,
    caughtBy: ["ERR-12"],
    driver: class extends HttpDriver {
      override async *list(
        keyPrefix: string,
        options: DriverOptions,
      ): AsyncGenerator<string, void> {
        try {
          yield* super.list(keyPrefix, options);
        } catch (error) {
          throw withRequest(error);
        }
      }
    },
  }),
  ofHttp({
    group: "edges_wire",
    name: "err-secret-of-deletions",
    description: "the error of a deletion has the headers of its request",
    subtle: true,
    hasPowers: true,
    // It asks for nothing again that a stream has lost.
    caughtBy: ["ERR-12", "REA-15"],
    driver: class extends HttpDriver {
      override async delete(
        key: string,
        options: DriverOptions,
      ): Promise<void> {
        try {
          await super.delete(key, options);
        } catch (error) {
          throw withRequest(error);
        }
      }
    },
  }),
];
