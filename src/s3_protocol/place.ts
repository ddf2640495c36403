import { refusal } from "./check_common_options.ts";
import type { S3Place } from "./direct_transport.ts";

/** The facts by which a bucket's place is found. */
export interface PlaceOptions {
  /** The bucket. */
  readonly bucket: string;
  /** The region. */
  readonly region: string;
  /** The service, where it is not AWS. */
  readonly endpoint: URL | undefined;
  /** True if the bucket is named in the path. */
  readonly pathStyle: boolean | undefined;
}

/**
 * Finds where a bucket is: below an endpoint, or at AWS, whose hosts are
 * named after buckets. (A bucket with a dot would not fit the certificate.)
 *
 * @param options Bucket, region and endpoint.
 * @throws {TypeError} If `pathStyle` is false and no host can be named after the bucket.
 */
export function findPlace(
  { bucket, region, endpoint, pathStyle }: PlaceOptions,
): S3Place {
  const url = endpoint ??
    new URL(`https://s3.${region}.${findSuffix(region)}`);
  const inPath = pathStyle ??
    (endpoint !== undefined || !canBeHost(bucket));
  const base = url.pathname.replace(/\/+$/, "");
  if (inPath) return { origin: url.origin, path: `${base}/${bucket}`, region };
  const origin = `${url.protocol}//${bucket}.${url.host}`;
  // Otherwise the signature would name another host than the request goes to, or there is no such host.
  if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
    throw refusal(
      "pathStyle",
      `not be false for a bucket of which ${url.host} can have no host: ${bucket}`,
      pathStyle,
    );
  }
  return { origin, path: base, region };
}

/**
 * DNS suffixes of AWS's partitions, by how the names of their regions begin; from
 * `partitions.json` of the endpoint rules that the AWS SDK for JavaScript 3.1169.0 carries.
 */
const SUFFIXES: readonly (readonly [RegExp, string])[] = [
  [/^cn-/, "amazonaws.com.cn"],
  [/^eusc-/, "amazonaws.eu"],
  [/^us-iso-/, "c2s.ic.gov"],
  [/^us-isob-/, "sc2s.sgov.gov"],
  [/^eu-isoe-/, "cloud.adc-e.uk"],
  [/^us-isof-/, "csp.hci.ic.gov"],
];

function findSuffix(region: string): string {
  return SUFFIXES.find(([pattern]) => pattern.test(region))?.[1] ??
    "amazonaws.com";
}

/** Host names have no capitals, and a dot or an underscore does not fit the certificate. */
function canBeHost(bucket: string): boolean {
  return /^[a-z0-9-]+$/.test(bucket);
}
