import { setTimeout } from "node:timers/promises";
import {
  type DriverOptions,
  type OpenObject,
  type OpenOptions,
  StoreFailure,
  type UploadBody,
} from "../../../src/driver.ts";
import type { HttpAnswer } from "../reference/http_answer.ts";
import { HttpClient, type RequestOptions } from "../reference/http_client.ts";
import { HttpDriver } from "../reference/http_driver.ts";
import type { Mutant } from "./mutant.ts";
import { ofHttp, ofHttpPowers } from "./of_http.ts";

/** Sends a request again while the service is busy. */
abstract class TriesAgain extends HttpClient {
  /** How often a request is sent at most. */
  protected abstract readonly attempts: number;

  override async send(
    url: string,
    options: RequestOptions,
  ): Promise<HttpAnswer> {
    for (let attempt = 1;; attempt++) {
      const answer = await super.send(url, options);
      const seconds = this.pauseAfter(answer);
      const isLast = attempt === this.attempts || seconds > 3;
      if (![429, 503].includes(answer.status) || isLast) return answer;
      await answer.cancel();
      await setTimeout(seconds * 1_000, undefined, { signal: options.signal });
    }
  }

  /** Seconds before the next attempt. */
  protected pauseAfter({ retryAfter }: HttpAnswer): number {
    return retryAfter;
  }
}

/** Stores that are wrong after failures, or about trying again. */
export const trnRecoveryMutants: readonly Mutant[] = [
  ofHttp({
    group: "trn",
    name: "trn-remembers-failure",
    description:
      "after a failure, whoever opens the object next gets that failure, too",
    subtle: true,
    caughtBy: ["TRN-1", "TRN-8", "TRN-9", "TRN-10", "TRN-13"],
    driver: class extends HttpDriver {
      readonly #failed = new Map<string, unknown>();
      override async open(
        key: string,
        options: OpenOptions,
      ): Promise<OpenObject> {
        const failure = this.#failed.get(key);
        this.#failed.delete(key);
        const object = await super.open(key, options).catch((error) => {
          const { code } = error as { code?: unknown };
          if (code === "TRANSIENT") this.#failed.set(key, error);
          throw error;
        });
        if (!failure) return object;
        await object.close?.();
        throw failure;
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-circuit-breaker",
    description:
      "after 20 failures in a row the error says so, and is not transient",
    subtle: true,
    caughtBy: ["TRN-9"],
    client: class extends HttpClient {
      #failures = 0;
      override async ask(
        url: string,
        options: RequestOptions,
      ): Promise<HttpAnswer> {
        try {
          const answer = await super.ask(url, options);
          this.#failures = 0;
          return answer;
        } catch (cause) {
          const isFailure = cause instanceof StoreFailure &&
            cause.code === "TRANSIENT";
          this.#failures = isFailure ? this.#failures + 1 : 0;
          if (options.signal.aborted || this.#failures <= 20) throw cause;
          throw new StoreFailure("OTHER", "the circuit is open", { cause });
        }
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-leaks-permits",
    description: "a download that fails does not give back one of 24 permits",
    subtle: true,
    caughtBy: ["TRN-1", "TRN-6", "TRN-9", "CON-1", "CON-10"],
    driver: class extends HttpDriver {
      #permits = 24;
      override async open(
        key: string,
        options: OpenOptions,
      ): Promise<OpenObject> {
        if (this.#permits === 0) {
          throw new StoreFailure("TRANSIENT", "too many downloads");
        }
        this.#permits--;
        const object = await super.open(key, options);
        this.#permits++;
        return object;
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-retries-often",
    description: "a request is sent up to 12 times",
    subtle: true,
    caughtBy: ["TRN-14"],
    client: class extends TriesAgain {
      protected readonly attempts = 12;
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-retries-at-once",
    description: "a request is sent again at once, whatever the service wants",
    subtle: true,
    caughtBy: ["TRN-14"],
    client: class extends TriesAgain {
      protected readonly attempts = 2;
      protected override pauseAfter(): number {
        return 0;
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-waits-for-503-only",
    description:
      "what a service wants is waited for after 503 and not after 429",
    subtle: true,
    caughtBy: ["TRN-14"],
    client: class extends TriesAgain {
      protected readonly attempts = 2;
      protected override pauseAfter(answer: HttpAnswer): number {
        return answer.status === 503 ? super.pauseAfter(answer) : 0;
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-waits-for-no-date",
    description:
      "a date in Retry-After is no number of seconds, and not waited for",
    subtle: true,
    caughtBy: ["TRN-14"],
    client: class extends TriesAgain {
      protected readonly attempts = 2;
      protected override pauseAfter(answer: HttpAnswer): number {
        const seconds = super.pauseAfter(answer);
        return Number.isInteger(seconds) ? seconds : 0;
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-tries-on",
    description:
      "a small upload that has failed for now is tried again after it has rejected",
    caughtBy: ["TRN-26"],
    // If they look at what is stored late enough.
    mayBeCaughtBy: [
      ...["PUT-7", "TRN-1", "TRN-2", "TRN-4", "TRN-8", "TRN-9", "TRN-11"],
      "TRN-12",
      ...["TRN-13", "TRN-14", "TRN-17", "TRN-20", "TRN-23"],
    ],
    driver: class extends HttpDriver {
      override async put(
        key: string,
        body: UploadBody,
        options: DriverOptions,
      ): Promise<void> {
        const bytes = new Uint8Array(body.size);
        await body.read(bytes, 0);
        try {
          await super.put(key, body, options);
        } catch (error) {
          if ((error as { code?: unknown }).code === "TRANSIENT") {
            later(() => super.put(key, memoryBody(bytes), anew()));
          }
          throw error;
        }
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-commits-later",
    description:
      "a commit whose connection is lost is asked for again after it has rejected",
    subtle: true,
    caughtBy: ["TRN-26"],
    // It discards later, too.
    mayBeCaughtBy: ["ATM-9", "PUT-7"],
    driver: class extends HttpDriver {
      protected override async complete(
        ...[id, etags, options]: Parameters<HttpDriver["complete"]>
      ): Promise<void> {
        try {
          await super.complete(id, etags, options);
        } catch (error) {
          if ((error as { code?: unknown }).code === "TRANSIENT") {
            later(() => super.complete(id, etags, anew()));
          }
          throw error;
        }
      }
      // Not before the later attempt.
      protected override discardUpload(
        ...args: Parameters<HttpDriver["discardUpload"]>
      ): Promise<void> {
        later(() => super.discardUpload(...args), 2 * LATER_MS);
        return Promise.resolve();
      }
    },
  }),
  ofHttpPowers({
    group: "trn",
    name: "trn-deletes-later",
    description:
      "a deletion that is refused for now is tried again after it has rejected",
    subtle: true,
    caughtBy: ["TRN-26"],
    driver: class extends HttpDriver {
      override async delete(key: string, options: DriverOptions) {
        try {
          await super.delete(key, options);
        } catch (error) {
          if ((error as { code?: unknown }).code === "TRANSIENT") {
            later(() => super.delete(key, anew()));
          }
          throw error;
        }
      }
    },
  }),
];

const LATER_MS = 300;

/** Does something that nobody waits for. */
function later(action: () => Promise<void>, ms = LATER_MS): void {
  void setTimeout(ms).then(action).catch(() => {});
}

function anew(): DriverOptions {
  return { signal: new AbortController().signal };
}

function memoryBody(bytes: Uint8Array<ArrayBuffer>): UploadBody {
  return {
    size: bytes.length,
    async *chunks() {
      yield bytes;
    },
    read(buffer, position) {
      buffer.set(bytes.subarray(position, position + buffer.length));
      return Promise.resolve();
    },
  };
}
