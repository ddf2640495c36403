import {
  type DriverOptions,
  type OpenObject,
  type OpenOptions,
  type PartUpload,
  StoreFailure,
  type UploadPart,
} from "../../../src/driver.ts";
import type { Call } from "../reference/call.ts";
import {
  HttpDriver,
  type ObjectRange,
  readAll,
} from "../reference/http_driver.ts";
import { HttpObjectStore } from "../reference/http_store.ts";
import type { Mutant } from "./mutant.ts";
import { type HttpMutantDetails, ofHttp } from "./of_http.ts";

const details: readonly Omit<HttpMutantDetails, "group">[] = [{
  name: "wire-uri-asks",
  description: "getUri() asks the service for the object, and does not wait",
  subtle: true,
  caughtBy: ["URI-1"],
  store: class extends HttpObjectStore {
    override getUri(objectName: string): string {
      const uri = super.getUri(objectName);
      this.keepBusy(this.backing.size(this.keyOf(objectName))).catch(() => {});
      return uri;
    }
  },
}, {
  name: "wire-uri-of-the-last-answer",
  description: "after a lost connection the URI is that of another endpoint",
  subtle: true,
  caughtBy: ["ERR-2", "URI-6"],
  store: class extends HttpObjectStore {
    #isLost = false;
    protected override translate(call: Call, error: unknown): unknown {
      this.#isLost ||= error instanceof StoreFailure &&
        error.cause instanceof TypeError;
      return super.translate(call, error);
    }
    override getUri(objectName: string): string {
      const uri = super.getUri(objectName);
      return this.#isLost ? uri.replace("127.0.0.1", "[::1]") : uri;
    }
  },
}, {
  name: "wire-put-saves-the-rest",
  description: "what of an upload is at hand is stored, if its commit fails",
  subtle: true,
  caughtBy: ["PUT-7", "TRN-1", "TRN-12", "TRN-13", "TRN-30"],
  driver: class extends HttpDriver {
    override async startUpload(key: string): Promise<PartUpload> {
      const upload = await super.startUpload(key);
      let last: UploadPart | undefined;
      return {
        ...upload,
        writePart: (part, options) => {
          last = part;
          return upload.writePart(part, options);
        },
        commit: async (options) => {
          try {
            await upload.commit(options);
          } catch (error) {
            if (last) await this.put(key, last, options);
            throw error;
          }
        },
      };
    }
  },
}, {
  name: "wire-get-twice",
  description: "a small object is fetched twice",
  caughtBy: ["GET-11"],
  driver: class extends HttpDriver {
    override async open(
      key: string,
      options: OpenOptions,
    ): Promise<OpenObject> {
      const first = await super.open(key, options);
      for await (const _ of first.body);
      await first.close?.();
      return await super.open(key, options);
    }
  },
}, {
  name: "wire-get-open-ended",
  description: "ranges have no end; their bodies are ended when they suffice",
  subtle: true,
  caughtBy: ["GET-11"],
  driver: class extends HttpDriver {
    protected override rangeHeaders(
      range: ObjectRange,
    ): Record<string, string> {
      const { etag, offset } = range;
      return { "if-match": etag, range: `bytes=${offset}-${2 ** 40}` };
    }
    protected override async *readRange(
      range: ObjectRange,
      options: DriverOptions,
    ): AsyncGenerator<Uint8Array> {
      let left = range.length;
      for await (const chunk of super.readRange(range, options)) {
        yield chunk.subarray(0, left);
        left -= chunk.length;
        if (left <= 0) return;
      }
    }
  },
}, {
  name: "wire-size-by-download",
  description: "a size is that of a download which is ended at once",
  subtle: true,
  caughtBy: ["SIZ-4"],
  driver: class extends HttpDriver {
    override async getSize(
      key: string,
      { signal }: DriverOptions,
    ): Promise<number> {
      const answer = await this.client.ask(this.objectUrl(key), { signal });
      await answer.cancel();
      return answer.integer("content-length");
    }
  },
}, {
  name: "wire-size-in-two-requests",
  description: "an object that vanishes between two requests has 0 bytes",
  subtle: true,
  caughtBy: ["SIZ-7"],
  driver: class extends HttpDriver {
    override async getSize(
      key: string,
      options: DriverOptions,
    ): Promise<number> {
      await super.getSize(key, options);
      return await super.getSize(key, options).catch((error) => {
        if (error.code !== "OBJECT_NOT_FOUND") throw error;
        return 0;
      });
    }
  },
}, {
  name: "wire-commit-in-two-steps",
  description: "the first part is visible before the others are",
  subtle: true,
  caughtBy: [
    "PUT-7",
    "TRN-1",
    "TRN-2",
    "TRN-6",
    "TRN-12",
    "TRN-13",
    "ATM-8",
    "ABT-8",
    "ABT-10",
    "TRN-30",
  ],
  driver: class extends HttpDriver {
    override async startUpload(key: string): Promise<PartUpload> {
      const upload = await super.startUpload(key);
      let first: Uint8Array<ArrayBuffer> | undefined;
      return {
        ...upload,
        writePart: async (part, options) => {
          if (part.index === 0) first = await readAll(part);
          await upload.writePart(part, options);
        },
        commit: async ({ signal }) => {
          const url = this.objectUrl(key);
          const body = first ?? "";
          await this.client.tell(url, { method: "PUT", body, signal });
          await upload.commit({ signal });
        },
      };
    }
  },
}];

/** Stores whose objects, sizes or URIs are wrong in a way that only the wire shows. */
export const wireObjectMutants: readonly Mutant[] = details.map((each) =>
  ofHttp({ group: "wire_objects", ...each })
);
