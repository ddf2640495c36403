import {
  type DriverOptions,
  type PartUpload,
  StoreFailure,
  type UploadBody,
} from "../../../src/driver.ts";
import { HttpDriver, readAll } from "../reference/http_driver.ts";
import type { Mutant } from "./mutant.ts";
import { ofHttp } from "./of_http.ts";

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
    caughtBy: ["TRN-11", "TRN-12", "PUT-6"],
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
];
