import type { CheckedOptions } from "../s3_protocol/common_options.ts";
import type { S3Place } from "../s3_protocol/direct_transport.ts";
import type { S3Credentials } from "../s3_protocol/sign_request.ts";
import { type AddressingClient, findClientPlace } from "./client_place.ts";

/** Finds keys, region and endpoint as the SDK does; it is loaded when it is asked first. */
export class DefaultChain {
  readonly #options: CheckedOptions;
  #client: Promise<AddressingClient> | undefined;
  #place: Promise<S3Place> | undefined;

  /** @param options What is given already. */
  constructor(options: CheckedOptions) {
    this.#options = options;
  }

  /** Finds where the bucket is. */
  place(): Promise<S3Place> {
    const place = this.#place ??= this.#findPlace();
    // After a failure it is looked for again.
    place.catch(() => this.#place = undefined);
    return place;
  }

  /** The keys; the SDK keeps them until they expire. */
  async credentials(): Promise<S3Credentials> {
    const client = await this.#load();
    return await client.config.credentials();
  }

  async #findPlace(): Promise<S3Place> {
    return await findClientPlace(await this.#load(), this.#options.bucket);
  }

  #load(): Promise<AddressingClient> {
    const client = this.#client ??= this.#makeClient();
    client.catch(() => this.#client = undefined);
    return client;
  }

  async #makeClient(): Promise<AddressingClient> {
    const { endpoint, pathStyle, credentials } = this.#options;
    const region = this.#options.region ?? (endpoint && "us-east-1");
    const { S3Client } = await import("@aws-sdk/client-s3");
    const client = new S3Client({
      ...(region === undefined ? {} : { region }),
      ...(endpoint === undefined ? {} : { endpoint: endpoint.href }),
      ...(pathStyle ?? endpoint !== undefined ? { forcePathStyle: true } : {}),
      ...(credentials === undefined ? {} : {
        credentials: async () => {
          const { sessionToken, ...keys } = await credentials();
          return sessionToken === undefined ? keys : { ...keys, sessionToken };
        },
      }),
    });
    return client as unknown as AddressingClient;
  }
}
