import { S3ProtocolDriver } from "../s3_protocol/driver.ts";

/** MinIO's mark of a directory: a name that ends with it also answers, and is listed, as one that ends with `/`. */
const DIRECTORY_MARK = "__XLDIR__";
/** Names are directories on MinIO's disks. */
const LONGEST_SEGMENT = 255;

/** Speaks the protocol of S3 to MinIO, which keeps fewer names. */
export class MinioDriver extends S3ProtocolDriver {
  override checkKey(key: string): string | undefined {
    return super.checkKey(key) ?? refusedByMinio(key);
  }
}

/**
 * Says why MinIO cannot keep a key that S3 keeps, as the end of a sentence, or
 * `undefined`.
 *
 * @param key The key.
 */
export function refusedByMinio(key: string): string | undefined {
  const encoder = new TextEncoder();
  for (const segment of key.split("/")) {
    if (segment.endsWith(DIRECTORY_MARK)) {
      return `it has a segment that ends with '${DIRECTORY_MARK}'`;
    }
    if (encoder.encode(segment).length > LONGEST_SEGMENT) {
      return `it has a segment of more than ${LONGEST_SEGMENT} bytes`;
    }
  }
  // Here MinIO takes a backslash for a slash, and sees no space or control character around it.
  for (const segment of key.split(/[/\\]/)) {
    const trimmed = segment.replace(/^[\0- ]+|[\0- ]+$/g, "");
    if (trimmed === "." || trimmed === "..") {
      return `MinIO takes a part of it for '${trimmed}'`;
    }
  }
  return undefined;
}
