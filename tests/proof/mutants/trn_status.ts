import {
  type DriverOptions,
  type Failure,
  StoreFailure,
  type UploadPart,
} from "../../../src/driver.ts";
import { HttpAnswer } from "../reference/http_answer.ts";
import { HttpClient, type RequestOptions } from "../reference/http_client.ts";
import { HttpDriver, type ObjectRange } from "../reference/http_driver.ts";
import type { HttpRequest } from "../reference/http_request.ts";
import type { Mutant } from "./mutant.ts";
import { ofHttp } from "./of_http.ts";

/** A code that goes with a status, whatever the service says besides. */
abstract class ByStatus extends HttpClient {
  /** What the status means here; `undefined` for what it means to the correct store. */
  protected abstract codeOf(status: number): Failure["code"] | undefined;

  override classify(status: number, code: string | null): Failure {
    const found = this.codeOf(status);
    if (found) return { code: found, reason: `status ${status}` };
    return super.classify(status, code);
  }
}

/** A status that the message of an error is taken for. */
abstract class ByMessage extends HttpClient {
  /** What the message means here; `undefined` if nothing. */
  protected abstract statusOf(message: string): number | undefined;

  protected override async fetch(
    url: string,
    options: RequestOptions,
    signal: AbortSignal,
  ): Promise<Response> {
    const answer = await super.fetch(url, options, signal);
    const status = this.statusOf(answer.headers.get("x-error-message") ?? "");
    if (status === undefined) return answer;
    await answer.body?.cancel();
    return new Response(null, { status });
  }
}

/** Stores that are wrong about what a status or a code means. */
export const trnStatusMutants: readonly Mutant[] = [
  ofHttp({
    group: "trn",
    name: "trn-too-early",
    description: "425 is not transient",
    subtle: true,
    caughtBy: ["TRN-1"],
    client: class extends ByStatus {
      protected codeOf(status: number): Failure["code"] | undefined {
        return status === 425 ? "OTHER" : undefined;
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-known-5xx",
    description: "of 5xx only 500, 502, 503 and 504 are transient",
    subtle: true,
    caughtBy: ["TRN-1"],
    client: class extends ByStatus {
      protected codeOf(status: number): Failure["code"] | undefined {
        return status > 504 ? "OTHER" : undefined;
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-listed-5xx",
    description: "a 5xx that no standard has is not transient",
    subtle: true,
    caughtBy: ["TRN-1"],
    client: class extends ByStatus {
      protected codeOf(status: number): Failure["code"] | undefined {
        return status > 511 ? "OTHER" : undefined;
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-odd-4xx",
    description: "a 4xx of which it has never heard is transient",
    subtle: true,
    caughtBy: ["TRN-6"],
    client: class extends ByStatus {
      protected codeOf(status: number): Failure["code"] | undefined {
        return [402, 418, 451].includes(status) ? "TRANSIENT" : undefined;
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-all-5xx",
    description: "every 5xx is transient",
    subtle: true,
    caughtBy: ["TRN-6"],
    client: class extends ByStatus {
      protected codeOf(status: number): Failure["code"] | undefined {
        return status >= 500 ? "TRANSIENT" : undefined;
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-precondition",
    description: "412 is always a replaced object, for uploads as well",
    subtle: true,
    caughtBy: ["TRN-6"],
    client: class extends ByStatus {
      protected codeOf(status: number): Failure["code"] | undefined {
        return status === 412 ? "TRANSIENT" : undefined;
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-unknown-transient",
    description: "a 4xx that it does not know is transient",
    caughtBy: ["TRN-6"],
    client: class extends HttpClient {
      override classify(status: number, code: string | null): Failure {
        const failure = super.classify(status, code);
        if (failure.code !== "OTHER" || status >= 500) return failure;
        return { ...failure, code: "TRANSIENT" };
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-status-only",
    description: "the service's code is not looked at in a 4xx",
    subtle: true,
    caughtBy: ["TRN-1"],
    client: class extends HttpClient {
      override classify(status: number, code: string | null): Failure {
        const isOwn = code?.startsWith("No") || status >= 500;
        return super.classify(status, isOwn ? code : null);
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-missing-whatever-the-code",
    description: "404 is a missing object, also where its code says busy",
    subtle: true,
    caughtBy: ["TRN-1"],
    client: class extends HttpClient {
      override classify(status: number, code: string | null): Failure {
        const isOwn = status !== 404 || code?.startsWith("No");
        return super.classify(status, isOwn ? code : null);
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-forbidden-whatever-the-code",
    description: "403 is a missing right, also where its code says busy",
    subtle: true,
    caughtBy: ["TRN-1"],
    client: class extends HttpClient {
      override classify(status: number, code: string | null): Failure {
        return super.classify(status, status === 403 ? null : code);
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-error-in-200",
    description: "200 is a success, whatever the answer says besides",
    subtle: true,
    caughtBy: ["TRN-1"],
    client: class extends HttpClient {
      protected override makeAnswer(
        response: Response,
        request: HttpRequest,
      ): HttpAnswer {
        const classify = this.classify.bind(this);
        return new class extends HttpAnswer {
          protected override isOk(): boolean {
            return this.status >= 200 && this.status < 300;
          }
        }(response, request, classify);
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-part-refused",
    description: "a part that the service refuses for now fails for good",
    subtle: true,
    caughtBy: ["TRN-1", "TRN-13", "ERR-5", "TRN-17"],
    driver: class extends HttpDriver {
      protected override async sendPart(
        id: string,
        part: UploadPart,
        options: DriverOptions,
      ): Promise<string> {
        try {
          return await super.sendPart(id, part, options);
        } catch (cause) {
          const isLost = cause instanceof StoreFailure && cause.cause;
          if (isLost || options.signal.aborted) throw cause;
          throw new StoreFailure("OTHER", "a part is missing", { cause });
        }
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-range-forbidden",
    description:
      "whatever is wrong with a further range, the object was replaced",
    subtle: true,
    caughtBy: ["TRN-6", "ERR-5"],
    driver: class extends HttpDriver {
      protected override async *readRange(
        range: ObjectRange,
        options: DriverOptions,
      ): AsyncGenerator<Uint8Array> {
        try {
          yield* super.readRange(range, options);
        } catch (cause) {
          if (!(cause instanceof StoreFailure)) throw cause;
          throw new StoreFailure("TRANSIENT", "the object was replaced", {
            cause,
          });
        }
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-message-timeout",
    description: "an error whose message speaks of a timeout is transient",
    caughtBy: ["TRN-23"],
    client: class extends ByMessage {
      protected statusOf(message: string): number | undefined {
        return /timeout|reset/i.test(message) ? 503 : undefined;
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-message-missing",
    description: "an error whose message says 'not found' is a missing object",
    subtle: true,
    caughtBy: ["TRN-23"],
    client: class extends ByMessage {
      protected statusOf(message: string): number | undefined {
        return message.includes("not found") ? 404 : undefined;
      }
    },
  }),
];
