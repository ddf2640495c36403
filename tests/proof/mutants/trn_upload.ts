import {
  type DriverOptions,
  type PartUpload,
  StoreFailure,
  type UploadBody,
} from "../../../src/driver.ts";
import type { HttpAnswer } from "../reference/http_answer.ts";
import {
  HttpClient,
  type HttpClientOptions,
  type RequestOptions,
} from "../reference/http_client.ts";
import { HttpDriver, readAll } from "../reference/http_driver.ts";
import type { Mutant } from "./mutant.ts";
import { ofHttp } from "./of_http.ts";

/** Bytes of a body that are read from its source at once. */
const PIECE = 16_384;

/** Whether a failure is a lost connection, and no answer. */
function isLost(error: unknown): boolean {
  return error instanceof StoreFailure && error.code === "TRANSIENT" &&
    error.cause !== undefined;
}

/** Stores that are wrong about uploads that fail. */
export const trnUploadMutants: readonly Mutant[] = [
  ofHttp({
    group: "trn",
    name: "trn-placeholder",
    description: "an empty object holds the name while the body is sent",
    caughtBy: [
      "ATM-8",
      "PUT-7",
      "TRN-1",
      "TRN-2",
      "TRN-4",
      "TRN-6",
      "TRN-8",
      "TRN-11",
      "TRN-12",
      "TRN-13",
      "TRN-17",
    ],
    driver: class extends HttpDriver {
      override async put(
        key: string,
        body: UploadBody,
        options: DriverOptions,
      ): Promise<void> {
        const url = this.objectUrl(key);
        await this.client.tell(url, { method: "PUT", body: "", ...options });
        await super.put(key, body, options);
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-remembers-parts",
    description:
      "an upload goes on from what a failed one of the same key has sent",
    subtle: true,
    caughtBy: ["TRN-11", "TRN-12"],
    driver: class extends HttpDriver {
      readonly #unfinished = new Map<string, PartUpload>();
      override async startUpload(key: string): Promise<PartUpload> {
        const upload = this.#unfinished.get(key) ??
          await super.startUpload(key);
        this.#unfinished.set(key, upload);
        return {
          ...upload,
          commit: async (options) => {
            await upload.commit(options);
            this.#unfinished.delete(key);
          },
        };
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-same-size",
    description:
      "after a lost answer, an object of the right size is the new one",
    subtle: true,
    caughtBy: ["TRN-11", "TRN-12"],
    driver: class extends HttpDriver {
      override async put(
        key: string,
        body: UploadBody,
        options: DriverOptions,
      ): Promise<void> {
        try {
          await super.put(key, body, options);
        } catch (error) {
          if (!isLost(error) || options.signal.aborted) throw error;
          const size = await this.getSize(key, options).catch(() => undefined);
          if (size !== body.size) throw error;
        }
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-lost-commit",
    description: "a commit whose answer is lost is not worth another attempt",
    subtle: true,
    caughtBy: ["TRN-2", "TRN-12"],
    driver: class extends HttpDriver {
      protected override async complete(
        ...[id, etags, options]: Parameters<HttpDriver["complete"]>
      ): Promise<void> {
        try {
          await super.complete(id, etags, options);
        } catch (cause) {
          if (!isLost(cause) || options.signal.aborted) throw cause;
          throw new StoreFailure("OTHER", "nobody knows", { cause });
        }
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-second-commit",
    description:
      "a commit is sent again, and that the upload is gone by then is an error",
    subtle: true,
    caughtBy: ["TRN-12"],
    driver: class extends HttpDriver {
      protected override async complete(
        ...[id, etags, options]: Parameters<HttpDriver["complete"]>
      ): Promise<void> {
        const url = this.client.url("upload", { id });
        const body = JSON.stringify(etags);
        const commit = () =>
          this.client.tell(url, { method: "POST", body, ...options });
        await commit().catch((error) => {
          if (!isLost(error) || options.signal.aborted) throw error;
          return commit();
        });
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-takes-back",
    description: "after a lost answer, an empty object takes the name",
    caughtBy: ["PUT-7", "TRN-2", "TRN-4", "TRN-8", "TRN-11", "TRN-12"],
    driver: class extends HttpDriver {
      override async put(
        key: string,
        body: UploadBody,
        options: DriverOptions,
      ): Promise<void> {
        const bytes = await readAll(body);
        const url = this.objectUrl(key);
        const put = { method: "PUT", ...options };
        try {
          await this.client.tell(url, { ...put, body: bytes });
        } catch (error) {
          if (!isLost(error) || options.signal.aborted) throw error;
          await this.client.tell(url, { ...put, body: "" }).catch(() => {});
          throw error;
        }
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-answer-lost-to-source",
    description:
      "an answer that comes before the body has gone out is lost to the error of the source that is closed",
    caughtBy: ["TRN-17"],
    client: sendingPiecewise((_status) => {
      const code = "EBADF";
      return Object.assign(new Error("the source is closed"), { code });
    }),
  }),
  ofHttp({
    group: "trn",
    name: "trn-early-answer-is-loss",
    description:
      "a 403 that comes before the body has gone out is taken for a lost connection",
    subtle: true,
    caughtBy: ["TRN-17"],
    client: sendingPiecewise((status) =>
      status === 403
        ? new StoreFailure("TRANSIENT", "the connection was lost")
        : undefined
    ),
  }),
];

/** Sends bodies piece by piece; `explain` is asked for an error when a refusal has come before the last one. */
function sendingPiecewise(
  explain: (status: number) => Error | undefined,
): new (options: HttpClientOptions) => HttpClient {
  return class extends HttpClient {
    readonly #left = new WeakMap<Uint8Array, Uint8Array>();

    override async send(
      url: string,
      options: RequestOptions,
    ): Promise<HttpAnswer> {
      const answer = await super.send(url, options);
      const { body } = options;
      const left = body instanceof Uint8Array
        ? this.#left.get(body)
        : undefined;
      if (!left?.length || answer.status < 400) return answer;
      const error = explain(answer.status);
      if (error === undefined) return answer;
      await answer.cancel();
      throw error;
    }

    protected override bodyOf(
      body: Uint8Array<ArrayBuffer> | string,
    ): BodyInit {
      if (typeof body === "string" || body.length === 0) return body;
      let left = body;
      return new ReadableStream<Uint8Array<ArrayBuffer>>({
        pull: async (controller) => {
          // As from a slow disk.
          await new Promise((resolve) => setTimeout(resolve, 1));
          controller.enqueue(left.subarray(0, PIECE));
          left = left.subarray(PIECE);
          this.#left.set(body, left);
          if (left.length === 0) controller.close();
        },
      }, { highWaterMark: 0 });
    }
  };
}
