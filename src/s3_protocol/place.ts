import type { S3Place } from "./direct_transport.ts";

/** What a bucket's place is found by. */
export interface PlaceOptions {
  /** The bucket. */
  readonly bucket: string;
  /** The region. */
  readonly region: string;
  /** The service, where it is not AWS. */
  readonly endpoint: URL | undefined;
  /** Whether the bucket is named in the path. */
  readonly pathStyle: boolean | undefined;
}

/**
 * Finds where a bucket is: below an endpoint, or at AWS, whose hosts are
 * named after buckets. (A bucket with a dot would not fit the certificate.)
 *
 * @param options Bucket, region and endpoint.
 */
export function findPlace(
  { bucket, region, endpoint, pathStyle }: PlaceOptions,
): S3Place {
  const suffix = region.startsWith("cn-")
    ? "amazonaws.com.cn"
    : "amazonaws.com";
  const url = endpoint ?? new URL(`https://s3.${region}.${suffix}`);
  const inPath = pathStyle ?? (endpoint !== undefined || bucket.includes("."));
  const base = url.pathname.replace(/\/+$/, "");
  if (inPath) return { origin: url.origin, path: `${base}/${bucket}`, region };
  return {
    origin: `${url.protocol}//${bucket}.${url.host}`,
    path: base,
    region,
  };
}
