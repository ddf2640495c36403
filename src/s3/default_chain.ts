import { StoreFailure } from "../driver.ts";
import type { CheckedOptions } from "../s3_protocol/common_options.ts";
import type { S3Place } from "../s3_protocol/direct_transport.ts";
import type { S3Credentials } from "../s3_protocol/sign_request.ts";

/** The part of a client that is used here. */
interface Client {
  readonly config: {
    credentials(): Promise<S3Credentials>;
    region(): Promise<string>;
  };
  send(command: unknown): Promise<unknown>;
  destroy(): void;
}

/** The part that is used here of a request which the SDK has addressed. */
interface Addressed {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
}

/** Finds keys, region and endpoint as the SDK does; it is loaded when it is asked first. */
export class DefaultChain {
  readonly #options: CheckedOptions;
  #client: Promise<Client> | undefined;
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
    const { HeadBucketCommand } = await import("@aws-sdk/client-s3");
    const client = await this.#load();
    const command = new HeadBucketCommand({ Bucket: this.#options.bucket });
    const found: Addressed[] = [];
    // The SDK addresses a request, which then is not sent.
    command.middlewareStack.add(
      () => (args) => {
        found.push(args.request as Addressed);
        return Promise.resolve({
          response: undefined,
          output: { $metadata: {} },
        });
      },
      { step: "finalizeRequest", priority: "low", name: "storekitPlace" },
    );
    await this.#findRegion(client);
    await client.send(command);
    const [request] = found;
    if (!request) throw new TypeError("Cannot find the bucket's endpoint");
    const port = request.port === undefined ? "" : `:${request.port}`;
    return {
      origin: new URL(`${request.protocol}//${request.hostname}${port}`).origin,
      path: request.path.replace(/\/+$/, ""),
      region: await client.config.region(),
    };
  }

  async #findRegion(client: Client): Promise<string> {
    try {
      return await client.config.region();
    } catch (cause) {
      throw new StoreFailure(
        "OTHER",
        "no region was found: set 'region', AWS_REGION, or a region in the profile",
        { cause },
      );
    }
  }

  #load(): Promise<Client> {
    const client = this.#client ??= this.#makeClient();
    client.catch(() => this.#client = undefined);
    return client;
  }

  async #makeClient(): Promise<Client> {
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
    return client as unknown as Client;
  }
}
