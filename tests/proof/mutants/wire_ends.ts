import type { DriverOptions, PartUpload } from "../../../src/driver.ts";
import { ListableDriverObjectStore } from "../../../src/driver_store/driver_object_store.ts";
import type {
  DownloadOptions,
  OperationOptions,
  UploadOptions,
} from "../../../src/object_store.ts";
import type { Call, CallDetails } from "../reference/call.ts";
import { HttpClient } from "../reference/http_client.ts";
import { HttpDriver } from "../reference/http_driver.ts";
import { HttpRequest } from "../reference/http_request.ts";
import { HttpObjectStore } from "../reference/http_store.ts";
import type { Mutant } from "./mutant.ts";
import { type HttpMutantDetails, ofHttp } from "./of_http.ts";

const details: readonly Omit<HttpMutantDetails, "group">[] = [{
  name: "wire-abt-asks-first",
  description: "the service is asked before the signal is looked at",
  subtle: true,
  caughtBy: ["ABT-1", "TRN-14"],
  store: class extends HttpObjectStore {
    protected override async run<T>(
      call: Call,
      action: () => Promise<T>,
    ): Promise<T> {
      this.checkOpen(call);
      this.keepBusy(this.backing.size(call.key)).catch(() => {});
      return await super.run(call, action);
    }
  },
}, {
  name: "wire-abt-size-waits",
  description: "the signal of a size is looked at before and after its request",
  subtle: true,
  caughtBy: ["ABT-3"],
  store: class extends ListableDriverObjectStore {
    constructor(driver: HttpDriver, prefix: string) {
      super(driver, { prefix });
    }
    override async getObjectSize(
      objectName: string,
      options?: OperationOptions,
    ): Promise<number> {
      if (options?.signal?.aborted) {
        return await super.getObjectSize(objectName, options);
      }
      const size = await super.getObjectSize(objectName);
      options?.signal?.throwIfAborted();
      return size;
    }
  },
}, {
  name: "wire-abt-waits-for-bytes",
  description: "a download looks at its signal only as bytes come",
  subtle: true,
  caughtBy: ["ABT-3"],
  store: class extends ListableDriverObjectStore {
    constructor(driver: HttpDriver, prefix: string) {
      super(driver, { prefix });
    }
    override async downloadObject(
      objectName: string,
      filename: string | URL,
      options: DownloadOptions = {},
    ): Promise<void> {
      const { signal, callback } = options;
      if (!signal || callback || signal.aborted) {
        return await super.downloadObject(objectName, filename, options);
      }
      const controller = new AbortController();
      await super.downloadObject(objectName, filename, {
        ...options,
        signal: controller.signal,
        callback: () => {
          if (signal.aborted) controller.abort(signal.reason);
        },
      });
    }
  },
}, {
  name: "wire-abt-undoes-the-commit",
  description: "an upload aborted during its commit leaves an empty object",
  subtle: true,
  caughtBy: ["ABT-8", "ABT-10"],
  driver: class extends HttpDriver {
    override async startUpload(key: string): Promise<PartUpload> {
      const upload = await super.startUpload(key);
      const { signal: never } = new AbortController();
      return {
        ...upload,
        commit: async ({ signal }) => {
          try {
            await upload.commit({ signal });
          } finally {
            const empty = { method: "PUT", body: "", signal: never };
            if (signal.aborted) {
              await this.client.tell(this.objectUrl(key), empty);
            }
          }
        },
      };
    }
  },
}, {
  name: "wire-atm-keeps-uncommitted",
  description: "an upload whose commit has failed is not discarded",
  subtle: true,
  caughtBy: ["ATM-9"],
  driver: class extends HttpDriver {
    override async startUpload(key: string): Promise<PartUpload> {
      const upload = await super.startUpload(key);
      let hasCommitted = false;
      return {
        ...upload,
        commit: (options) => {
          hasCommitted = true;
          return upload.commit(options);
        },
        discard: async (options) => {
          if (!hasCommitted) await upload.discard(options);
        },
      };
    }
  },
}, {
  name: "wire-atm-discards-another",
  description: "the id of an upload that is discarded is not its own",
  caughtBy: ["ATM-9"],
  driver: class extends HttpDriver {
    protected override async discardUpload(
      id: string,
      options: DriverOptions,
    ): Promise<void> {
      await super.discardUpload(id.toUpperCase(), options);
    }
  },
}, {
  name: "wire-con-one-for-all",
  description: "a lost connection ends every request of the store",
  subtle: true,
  caughtBy: ["CON-7"],
  client: class extends HttpClient {
    readonly #requests = new Set<HttpRequest>();
    protected override makeRequest(signal: AbortSignal): HttpRequest {
      const requests = this.#requests;
      const request = new (class extends HttpRequest {
        override end(): void {
          requests.delete(this);
          super.end();
        }
        protected override explainLoss(cause: unknown): unknown {
          for (const other of requests) other.end();
          return super.explainLoss(cause);
        }
      })(signal, this.timeout);
      requests.add(request);
      return request;
    }
  },
}, {
  name: "wire-cls-looks-for-the-service",
  description: "a closed store asks whether the service is there",
  subtle: true,
  caughtBy: ["CLS-2"],
  store: class extends HttpObjectStore {
    protected override closed(call: CallDetails): Error {
      fetch(this.backing.uri, { method: "HEAD" }).catch(() => {});
      return super.closed(call);
    }
  },
}, {
  name: "wire-cls-waits-for-transfers",
  description: "close() waits for transfers only",
  subtle: true,
  caughtBy: ["CLS-3"],
  store: class extends HttpObjectStore {
    readonly #transfers = new Set<Promise<void>>();
    override uploadObject(
      ...args: [string, string | URL, UploadOptions?]
    ): Promise<void> {
      return this.#track(super.uploadObject(...args));
    }
    override downloadObject(
      ...args: [string, string | URL, DownloadOptions?]
    ): Promise<void> {
      return this.#track(super.downloadObject(...args));
    }
    protected override async doClose(): Promise<void> {
      await Promise.allSettled(this.#transfers);
      await this.backing.close();
    }
    #track(transfer: Promise<void>): Promise<void> {
      this.#transfers.add(transfer);
      transfer.catch(() => {}).then(() => this.#transfers.delete(transfer));
      return transfer;
    }
  },
}];

/** Stores whose aborts, failures or closing are wrong in a way that only the wire shows. */
export const wireEndMutants: readonly Mutant[] = details.map((each) =>
  ofHttp({ group: "wire_ends", ...each })
);
