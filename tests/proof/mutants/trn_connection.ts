import {
  type Failure,
  type PartUpload,
  StoreFailure,
} from "../../../src/driver.ts";
import type { HttpAnswer } from "../reference/http_answer.ts";
import { HttpClient, type RequestOptions } from "../reference/http_client.ts";
import { HttpDriver } from "../reference/http_driver.ts";
import { ProxyRefusal } from "../reference/http_failures.ts";
import { HttpRequest } from "../reference/http_request.ts";
import type { Mutant } from "./mutant.ts";
import { ofHttp, ofHttpPowers } from "./of_http.ts";

/** A client whose requests fail in another way. */
function failing(
  Request: typeof HttpRequest,
): new (...args: ConstructorParameters<typeof HttpClient>) => HttpClient {
  return class extends HttpClient {
    protected override makeRequest(signal: AbortSignal): HttpRequest {
      return new Request(signal, this.timeout);
    }
  };
}

/** A client whose answers are read in another way. */
export function answering(
  Answer: typeof HttpAnswer,
): new (...args: ConstructorParameters<typeof HttpClient>) => HttpClient {
  return class extends HttpClient {
    protected override makeAnswer(
      response: Response,
      request: HttpRequest,
    ): HttpAnswer {
      return new Answer(response, request, this.classify.bind(this));
    }
  };
}

/** Stores that are wrong about connections that fail and servers that are silent. */
export const trnConnectionMutants: readonly Mutant[] = [
  ofHttp({
    group: "trn",
    name: "trn-never-reached",
    description: "a server that has never answered is a mistake of the caller",
    subtle: true,
    caughtBy: ["TRN-2"],
    client: class extends HttpClient {
      #isReached = false;
      override async send(
        url: string,
        options: RequestOptions,
      ): Promise<HttpAnswer> {
        try {
          const answer = await super.send(url, options);
          this.#isReached = true;
          return answer;
        } catch (cause) {
          if (this.#isReached || options.signal.aborted) throw cause;
          throw new StoreFailure("OTHER", "there is no server", { cause });
        }
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-certificate",
    description: "a certificate that is refused is a lost connection",
    subtle: true,
    caughtBy: ["TRN-2", "TRN-24"],
    client: class extends HttpClient {
      protected override checkCertificate(): Promise<void> {
        return Promise.resolve();
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-certificate-of-large",
    description:
      "a certificate that is refused is a lost connection for uploads in parts",
    caughtBy: ["TRN-24"],
    driver: class extends HttpDriver {
      override async startUpload(key: string): Promise<PartUpload> {
        try {
          return await super.startUpload(key);
        } catch (error) {
          const { cause } = error as { cause?: unknown };
          if (!(cause instanceof Deno.errors.InvalidData)) throw error;
          throw new StoreFailure("TRANSIENT", "the connection failed");
        }
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-expired",
    description: "a certificate that has expired is a lost connection",
    subtle: true,
    caughtBy: ["TRN-24"],
    client: class extends HttpClient {
      protected override async checkCertificate(url: string): Promise<void> {
        try {
          await super.checkCertificate(url);
        } catch (error) {
          const { cause } = error as { cause?: unknown };
          if (!`${cause}`.includes("Expired")) throw error;
        }
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-proxy-is-loss",
    description: "a proxy that refuses is a lost connection",
    caughtBy: ["TRN-28", "TRN-29"],
    client: class extends HttpClient {
      protected override async checkProxy(url: string): Promise<void> {
        try {
          await super.checkProxy(url);
        } catch (cause) {
          const reason = "the connection failed";
          throw new StoreFailure("TRANSIENT", reason, { cause });
        }
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-proxy-unasked",
    description: "a proxy that refuses is what fetch makes of it",
    subtle: true,
    caughtBy: ["TRN-29"],
    client: class extends HttpClient {
      protected override checkProxy(): Promise<void> {
        return Promise.resolve();
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-proxy-of-large",
    description:
      "a proxy that refuses is a lost connection for uploads in parts",
    subtle: true,
    caughtBy: ["TRN-28", "TRN-29"],
    driver: class extends HttpDriver {
      override async startUpload(key: string): Promise<PartUpload> {
        try {
          return await super.startUpload(key);
        } catch (error) {
          const { cause } = error as { cause?: unknown };
          if (!(cause instanceof ProxyRefusal)) throw error;
          throw new StoreFailure("TRANSIENT", "the connection failed");
        }
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-lost-raw",
    description: "a lost connection reaches the caller as the runtime's error",
    caughtBy: [
      "ERR-3",
      "TRN-2",
      "TRN-3",
      "TRN-8",
      "TRN-9",
      "TRN-10",
      "TRN-11",
      "TRN-12",
      "TRN-13",
      "TRN-14",
      "TRN-19",
      "LST-5",
    ],
    client: failing(
      class extends HttpRequest {
        protected override explainLoss(cause: unknown): unknown {
          return cause;
        }
      },
    ),
  }),
  ofHttp({
    group: "trn",
    name: "trn-silence",
    description: "a server that is silent is not worth another attempt",
    subtle: true,
    caughtBy: ["TRN-2", "TRN-4"],
    client: failing(
      class extends HttpRequest {
        protected override explainSilence(cause: unknown): unknown {
          return new StoreFailure("OTHER", "the server is silent", { cause });
        }
      },
    ),
  }),
  ofHttp({
    group: "trn",
    name: "trn-stalled-body",
    description: "a body that stalls is not worth another attempt",
    subtle: true,
    caughtBy: ["TRN-4"],
    client: failing(
      class extends HttpRequest {
        #waits = 0;
        override wait<T>(step: Promise<T>): Promise<T> {
          this.#waits++;
          return super.wait(step);
        }
        protected override explainSilence(cause: unknown): unknown {
          const code: Failure["code"] = this.#waits > 1 ? "OTHER" : "TRANSIENT";
          return new StoreFailure(code, "the server is silent", { cause });
        }
      },
    ),
  }),
  ofHttp({
    group: "trn",
    name: "trn-endless-body",
    description: "only the head of an answer has to come in time",
    subtle: true,
    caughtBy: ["TRN-4"],
    client: failing(
      class extends HttpRequest {
        #isAnswered = false;
        override async wait<T>(step: Promise<T>): Promise<T> {
          if (this.#isAnswered) {
            return await step.catch((error) => {
              throw this.explain(error);
            });
          }
          const value = await super.wait(step);
          this.#isAnswered = true;
          return value;
        }
      },
    ),
  }),
  ofHttp({
    group: "trn",
    name: "trn-follows-redirects",
    description: "redirects are followed wherever they lead",
    caughtBy: ["TRN-25"],
    client: class extends HttpClient {
      protected override redirectOf(): RequestRedirect {
        return "follow";
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-follows-from-commits",
    description: "the request that completes an upload follows redirects",
    subtle: true,
    caughtBy: ["TRN-25"],
    client: class extends HttpClient {
      protected override redirectOf({ method }: RequestOptions) {
        return method === "POST" ? "follow" as const : "manual";
      }
    },
  }),
  ofHttpPowers({
    group: "trn",
    name: "trn-follows-from-deletions",
    description: "a deletion follows redirects",
    subtle: true,
    caughtBy: ["TRN-25"],
    client: class extends HttpClient {
      protected override redirectOf({ method }: RequestOptions) {
        return method === "DELETE" ? "follow" as const : "manual";
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-redirect-is-transient",
    description: "a redirect is a lost connection",
    subtle: true,
    caughtBy: ["TRN-25"],
    client: class extends HttpClient {
      protected override redirectOf(): RequestRedirect {
        return "error";
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-waits-for-the-end",
    description:
      "the body of a success that nobody needs is read to its end, however long that takes",
    caughtBy: ["TRN-27"],
    client: class extends HttpClient {
      override async tell(url: string, options: RequestOptions): Promise<void> {
        const answer = await this.ask(url, options);
        for await (const _ of answer.chunks()) { /* Nobody needs it. */ }
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-no-length-is-none",
    description: "an object whose size is not told is an empty one",
    subtle: true,
    caughtBy: ["TRN-27"],
    driver: class extends HttpDriver {
      protected override sizeOf(answer: HttpAnswer): number {
        try {
          return super.sizeOf(answer);
        } catch {
          return 0;
        }
      }
    },
  }),
];
