import {
  type DriverOptions,
  type Failure,
  StoreFailure,
} from "../../../src/driver.ts";
import { ObjectStoreTransientError } from "../../../src/errors.ts";
import type { Call } from "../reference/call.ts";
import type { HttpAnswer } from "../reference/http_answer.ts";
import {
  HttpClient,
  type HttpClientOptions,
  type RequestOptions,
} from "../reference/http_client.ts";
import { HttpDriver } from "../reference/http_driver.ts";
import { HttpRequest } from "../reference/http_request.ts";
import { HttpObjectStore } from "../reference/http_store.ts";
import type { Mutant } from "./mutant.ts";
import { type HttpMutantDetails, ofHttp } from "./of_http.ts";

const details: readonly Omit<HttpMutantDetails, "group">[] = [{
  name: "wire-err-uri-lost",
  description: "a transient error tells neither name nor URI",
  subtle: true,
  caughtBy: ["ERR-2"],
  store: class extends HttpObjectStore {
    protected override transient(_: Call, reason: string): Error {
      return new ObjectStoreTransientError(`Cannot go on: ${reason}`);
    }
  },
}, {
  name: "wire-err-cause-lost",
  description: "a lost connection has no cause",
  subtle: true,
  caughtBy: ["ERR-3"],
  client: class extends HttpClient {
    protected override makeRequest(signal: AbortSignal): HttpRequest {
      return new (class extends HttpRequest {
        protected override explainLoss(): unknown {
          return new StoreFailure("TRANSIENT", "the connection failed");
        }
      })(signal, this.timeout);
    }
  },
}, {
  name: "wire-err-unknown-caller",
  description: "who is not known (401) is any other answer",
  subtle: true,
  caughtBy: ["ERR-5"],
  client: class extends HttpClient {
    override classify(status: number, code: string | null): Failure {
      return status === 401
        ? { code: "OTHER", reason: "status 401" }
        : super.classify(status, code);
    }
  },
}, {
  name: "wire-err-tells-the-service",
  description: "a name that is refused is told to the service",
  subtle: true,
  caughtBy: ["ERR-7"],
  store: class extends HttpObjectStore {
    protected override invalidName(objectName: string, reason: string): Error {
      const key = this.keyOf(reason.replaceAll(" ", "-"));
      this.keepBusy(this.backing.size(key)).catch(() => {});
      return super.invalidName(objectName, reason);
    }
  },
}, {
  name: "wire-err-uploads-are-denied",
  description: "an upload that the service does not implement is denied",
  subtle: true,
  caughtBy: ["ERR-9"],
  driver: class extends HttpDriver {
    override async put(
      ...args: Parameters<HttpDriver["put"]>
    ): Promise<void> {
      try {
        await super.put(...args);
      } catch (error) {
        const isMissing = error instanceof StoreFailure &&
          error.reason.startsWith("status 501");
        throw isMissing
          ? new StoreFailure("PERMISSION_DENIED", error.reason)
          : error;
      }
    }
  },
}, {
  name: "wire-err-headers-in-cause",
  description: "the cause of a lost connection has the request's headers",
  subtle: true,
  caughtBy: ["ERR-12"],
  client: class extends HttpClient {
    readonly #authorization: string;
    constructor(options: HttpClientOptions) {
      super(options);
      this.#authorization = `Bearer ${options.token}`;
    }
    override async send(
      url: string,
      options: RequestOptions,
    ): Promise<HttpAnswer> {
      try {
        return await super.send(url, options);
      } catch (error) {
        if (!(error instanceof StoreFailure)) throw error;
        const headers = { authorization: this.#authorization };
        const cause = Object.assign(new Error("fetch failed"), { headers });
        throw new StoreFailure(error.code, error.reason, { cause });
      }
    }
  },
}, {
  name: "wire-err-name-of-the-cause",
  description: "a lost connection keeps the name of its cause",
  subtle: true,
  caughtBy: ["ERR-14"],
  store: class extends HttpObjectStore {
    protected override translate(call: Call, error: unknown): unknown {
      const translated = super.translate(call, error);
      const { cause } = translated as { cause?: unknown };
      return cause instanceof TypeError
        ? Object.assign(translated as Error, { name: cause.name })
        : translated;
    }
  },
}, {
  name: "wire-lst-waits",
  description: "a listing looks at its signal when names have come",
  subtle: true,
  caughtBy: ["LST-5"],
  store: class extends HttpObjectStore {
    protected override untilAborted<T>(
      _: AbortSignal | undefined,
      promise: Promise<T>,
    ): Promise<T> {
      return promise;
    }
  },
}, {
  name: "wire-lst-ends-early",
  description: "a listing whose later page fails ends there",
  subtle: true,
  caughtBy: ["LST-5"],
  driver: class extends HttpDriver {
    override async *list(
      keyPrefix: string,
      options: DriverOptions,
    ): AsyncGenerator<string, void> {
      let hasBegun = false;
      try {
        for await (const key of super.list(keyPrefix, options)) {
          hasBegun = true;
          yield key;
        }
      } catch (error) {
        if (!hasBegun || options.signal.aborted) throw error;
      }
    }
  },
}];

/** Stores whose errors are wrong when the wire fails. */
export const wireErrorMutants: readonly Mutant[] = details.map((each) =>
  ofHttp({ group: "wire_errors", ...each })
);
