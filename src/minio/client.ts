import type { IncomingMessage } from "node:http";

/** What a store uses of a `Client` of `npm:minio`. It is never closed or changed. */
export interface MinioClientLike {
  /** The region, if the client was given one. */
  // deno-lint-ignore no-explicit-any -- minio lists the regions of AWS.
  readonly region?: any;
  /**
   * Addresses, signs and sends a request.
   *
   * @param options The request.
   * @param body Its body.
   * @param sha256sum The body's hash.
   * @param statusCodes Which answers are a success.
   * @param region The region.
   */
  makeRequestStreamAsync(
    // deno-lint-ignore no-explicit-any -- minio's own types are not exported.
    options: any,
    // deno-lint-ignore no-explicit-any -- minio's own types are not exported.
    body: any,
    sha256sum: string,
    statusCodes: number[],
    region: string,
  ): Promise<IncomingMessage>;
}

/** What a store uses of a `CredentialProvider` of `npm:minio`. */
export interface MinioCredentialProviderLike {
  /** Finds keys that are valid now. */
  getCredentials(): Promise<MinioCredentialsLike>;
}

/** What a store uses of `Credentials` of `npm:minio`. */
export interface MinioCredentialsLike {
  /** The access key's id. */
  getAccessKey(): string;
  /** The secret access key. */
  getSecretKey(): string;
  /** The token that comes with temporary credentials. */
  getSessionToken(): string | undefined;
}
