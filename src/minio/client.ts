import type { IncomingMessage } from "node:http";

/** The part of a `Client` of `npm:minio` that a store uses. It is never closed or changed. */
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
  /**
   * Signs a URL; needed by `getSignedUrl()` alone.
   *
   * @param method The method.
   * @param bucket The bucket.
   * @param key The object's key.
   * @param expires Seconds for which it can be used.
   */
  presignedUrl?(
    method: string,
    bucket: string,
    key: string,
    expires: number,
  ): Promise<string>;
}

/** The part of a `CredentialProvider` of `npm:minio` that a store uses. */
export interface MinioCredentialProviderLike {
  /** Finds keys that are valid now. */
  getCredentials(): Promise<MinioCredentialsLike>;
}

/** The part of `Credentials` of `npm:minio` that a store uses. */
export interface MinioCredentialsLike {
  /** The access key's id. */
  getAccessKey(): string;
  /** The secret access key. */
  getSecretKey(): string;
  /** The token that comes with temporary credentials. */
  getSessionToken(): string | undefined;
}
