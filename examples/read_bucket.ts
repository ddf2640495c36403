import { env } from "node:process";

/** Where a harness finds its bucket. */
export interface Bucket {
  /** Its name. */
  readonly bucket: string;
  /** Its region. */
  readonly region: string;
  /** The service's base URL. */
  readonly endpoint: string;
  /** Whether that is AWS. */
  readonly isAws: boolean;
  /** Long-lived keys. */
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
  };
}

/**
 * Reads the environment variables `S3_BUCKET`, `S3_ENDPOINT`, `AWS_REGION`,
 * `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`.
 *
 * @throws {TypeError} If one that is needed is missing.
 */
export function readBucket(): Bucket {
  const region = env.AWS_REGION || env.AWS_DEFAULT_REGION || "us-east-1";
  return {
    bucket: readVariable("S3_BUCKET"),
    region,
    endpoint: env.S3_ENDPOINT || `https://s3.${region}.amazonaws.com`,
    isAws: !env.S3_ENDPOINT,
    credentials: {
      accessKeyId: readVariable("AWS_ACCESS_KEY_ID"),
      secretAccessKey: readVariable("AWS_SECRET_ACCESS_KEY"),
    },
  };
}

/**
 * Reads an environment variable that has to be set.
 *
 * @throws {TypeError} If it is missing.
 */
export function readVariable(name: string): string {
  const value = env[name];
  if (value) return value;
  throw new TypeError(`Cannot find the bucket as '${name}' is not set`);
}
