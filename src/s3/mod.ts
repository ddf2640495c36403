/**
 * A store in Amazon S3, or in a service that speaks its protocol.
 *
 * @module
 */
export { S3ObjectStore, type S3ObjectStoreOptions } from "./store.ts";
export type { S3ClientLike } from "./client_transport.ts";
export type {
  S3CommonOptions,
  TemporaryCredentials,
  UploadDefaults,
} from "../s3_protocol/common_options.ts";
export type { ChecksumMode } from "../s3_protocol/checksum.ts";
export type { S3Credentials } from "../s3_protocol/sign_request.ts";
export type { SignedUrlOptions } from "../s3_protocol/signed_url.ts";
