import type { UploadDefaults } from "./common_options.ts";

/**
 * Makes the headers of properties that are stored with an object.
 *
 * @param upload The store's.
 * @param own The media type of this object, if the caller has given one.
 */
export function uploadHeaders(
  upload: UploadDefaults,
  own: string | undefined,
): Record<string, string> {
  const { contentType = "application/octet-stream", metadata = {} } = upload;
  const { storageClass, serverSideEncryption, kmsKeyId } = upload;
  const headers: Record<string, string> = {
    "content-type": own ?? contentType,
  };
  for (const [name, value] of Object.entries(metadata)) {
    headers[`x-amz-meta-${name.toLowerCase()}`] = value;
  }
  if (storageClass !== undefined) headers["x-amz-storage-class"] = storageClass;
  if (serverSideEncryption !== undefined) {
    headers["x-amz-server-side-encryption"] = serverSideEncryption;
  }
  if (kmsKeyId !== undefined) {
    headers["x-amz-server-side-encryption-aws-kms-key-id"] = kmsKeyId;
  }
  return headers;
}
