/**
 * A store in a MinIO server.
 *
 * @module
 */
export { MinioObjectStore, type MinioObjectStoreOptions } from "./store.ts";
export type {
  MinioClientLike,
  MinioCredentialProviderLike,
  MinioCredentialsLike,
} from "./client.ts";
export type {
  S3CommonOptions,
  TemporaryCredentials,
  UploadDefaults,
} from "../s3_protocol/common_options.ts";
export type { ChecksumMode } from "../s3_protocol/checksum.ts";
export type { S3Credentials } from "../s3_protocol/sign_request.ts";
export type { SignedUrlOptions } from "../s3_protocol/signed_url.ts";
