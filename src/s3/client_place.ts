import { StoreFailure } from "../driver.ts";
import type { S3Place } from "../s3_protocol/direct_transport.ts";
import type { S3Credentials } from "../s3_protocol/sign_request.ts";

/** The part of a client of `@aws-sdk/client-s3` that knows where a bucket is, and with which keys. */
export interface AddressingClient {
  /** Everything that the client was made with. */
  readonly config: {
    credentials(): Promise<S3Credentials>;
    region(): Promise<string>;
  };
  /** Sends a command. */
  send(command: unknown): Promise<unknown>;
}

/** The part that is used here of a request which the SDK has addressed. */
interface Addressed {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
}

/**
 * Finds where the SDK would ask for a bucket; nothing is sent.
 *
 * @param client The client.
 * @param bucket The bucket.
 * @throws {StoreFailure} If there is no region.
 */
export async function findClientPlace(
  client: AddressingClient,
  bucket: string,
): Promise<S3Place> {
  const { HeadBucketCommand } = await import("@aws-sdk/client-s3");
  const command = new HeadBucketCommand({ Bucket: bucket });
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
  await findRegion(client);
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

async function findRegion(client: AddressingClient): Promise<string> {
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
