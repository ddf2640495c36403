import type { HttpAnswer } from "../reference/http_answer.ts";
import {
  HttpClient,
  type HttpClientOptions,
  type RequestOptions,
} from "../reference/http_client.ts";
import type { Mutant } from "./mutant.ts";
import { type HttpMutantDetails, ofHttpPowers } from "./of_http.ts";

/** Longer than any case waits. */
const NO_TIMEOUT = 2 ** 30;

/** A client that gives some requests all the time that a server wants. */
function patientWith(
  isAffected: (url: string, method: string) => boolean,
): typeof HttpClient {
  return class extends HttpClient {
    readonly #patient: HttpClient;

    constructor(options: HttpClientOptions) {
      super(options);
      this.#patient = new HttpClient({ ...options, timeout: NO_TIMEOUT });
    }

    override async send(
      url: string,
      options: RequestOptions,
    ): Promise<HttpAnswer> {
      return isAffected(url, options.method ?? "GET")
        ? await this.#patient.send(url, options)
        : await super.send(url, options);
    }

    override close(): void {
      this.#patient.close();
      super.close();
    }
  };
}

const silent = (details: Omit<HttpMutantDetails, "group">): Mutant =>
  ofHttpPowers({ group: "trn_silent_powers", ...details });

/** Stores in which some of the optional powers wait for a silent server for ever. */
export const trnSilentPowerMutants: readonly Mutant[] = [
  silent({
    name: "trn-waits-for-deletes",
    description: "a delete has no timeout",
    caughtBy: ["TRN-31"],
    client: patientWith((_, method) => method === "DELETE"),
  }),
  silent({
    name: "trn-waits-for-listings",
    description: "a listing has no timeout",
    subtle: true,
    caughtBy: ["TRN-31"],
    client: patientWith((url) => url.includes("/list?")),
  }),
];
