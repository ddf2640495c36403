import type { ChecksumMode } from "./checksum.ts";
import type { S3Credentials } from "./sign_request.ts";

/** Keys with the time until which they may be used. */
export interface TemporaryCredentials extends S3Credentials {
  /** The time until which they are valid; then the provider is asked again. Left out: it is asked before each request. */
  readonly expiration?: Date | undefined;
}

/** Properties that are stored with an object. */
export interface UploadDefaults {
  /**
   * The media type.
   *
   * @default {"application/octet-stream"}
   */
  readonly contentType?: string | undefined;
  /** Names and values of the user's own, in printable ASCII. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** The storage class, such as `STANDARD_IA`. */
  readonly storageClass?: string | undefined;
  /** Encryption at the service: `AES256`, `aws:kms` or `aws:kms:dsse`. */
  readonly serverSideEncryption?: string | undefined;
  /** The key for `aws:kms`. */
  readonly kmsKeyId?: string | undefined;
}

/** The options that S3 and MinIO stores have in common. */
export interface S3CommonOptions {
  /** The bucket. It has to exist. */
  readonly bucket: string;
  /**
   * The beginning of this store's keys: whole segments (clause 4).
   *
   * @default {""}
   */
  readonly prefix?: string | undefined;
  /**
   * The region that the bucket is in.
   *
   * @default {"us-east-1"} where `endpoint` is given.
   */
  readonly region?: string | undefined;
  /** Protocol, host and port of the service, such as `http://127.0.0.1:9000`. */
  readonly endpoint?: string | URL | undefined;
  /**
   * True to name the bucket in the path and not in the host.
   *
   * @default {true} where `endpoint` is given, or the bucket's name has a dot.
   */
  readonly pathStyle?: boolean | undefined;
  /** The keys, or what gives them; see {@linkcode TemporaryCredentials.expiration} for when it is asked. They show in no message and in no inspection. */
  readonly credentials?:
    | S3Credentials
    | (() => Promise<TemporaryCredentials>)
    | undefined;
  /**
   * The size in bytes of an upload's parts, from 5 MiB to 5 GiB; a file that
   * is not larger is one request. It grows where 10 000 parts would not
   * suffice, and shrinks, to 5 MiB at least, so that all connections have a
   * part.
   *
   * @default {16 MiB, and one request up to 8 MiB}
   */
  readonly partSize?: number | undefined;
  /**
   * The number of parts of an upload, or ranges of a download, under way at
   * once.
   *
   * @default {8, and up to 16 where these together have less than 256 MiB/s}
   */
  readonly parallel?: number | undefined;
  /**
   * Milliseconds without a byte after which a request ends, with a transient
   * error; it is then not tried again within the operation. After the request
   * that puts the parts of an upload together, the object is looked up for as
   * long again, as a service may need longer for that.
   *
   * @default {30000}
   */
  readonly timeout?: number | undefined;
  /**
   * The most times that a request is sent while its failure is transient.
   *
   * What is tried again, from the inside outwards; each multiplies what is
   * inside it:
   *
   * 1. *A connection that was kept open.* One that the server has closed, or
   *    that is lost while a body goes out, says nothing about the request: it
   *    is sent once more, at once and uncounted, the second time with `Expect:
   *    100-continue` if bytes of the body had gone out. So is what `fetch` has
   *    failed with, by another way that tells why. Never the request that
   *    makes an upload in parts visible.
   * 2. *A request.* `attempts` times in all, with waits of 0.1 seconds that
   *    double up to 5, of which half is left to chance. A `Retry-After` of up
   *    to ten seconds is waited for, a longer one ends the attempts, and so
   *    does a request that was silent for the whole `timeout`. With a ready
   *    client of the AWS SDK the attempts are the client's own.
   * 3. *A body.* What is missing of one that breaks off is asked for from where
   *    it was, `attempts` times in all, and as often again after each 32 MiB.
   *    Where ranges cannot be had, the first body of a download brings
   *    everything.
   * 4. *The last request of an upload in parts.* `attempts` times as any other;
   *    where its answer was lost, the store then looks if the object is there.
   * 5. *The operation*, by `withRetry()`: its `maxAttempts` times.
   *
   * So a service that is busy all the time is asked `attempts` times
   * `maxAttempts`, by default 3 × 5, and an upload begins anew five times.
   *
   * @default {3}
   */
  readonly attempts?: number | undefined;
  /**
   * The sum by which the service checks that a body has arrived whole: a CRC-32
   * (`"crc32"`), for services that refuse it `Content-MD5` (`"md5"`), or
   * nothing (`"none"`).
   *
   * @default {"crc32"}
   */
  readonly checksum?: ChecksumMode | undefined;
  /** Properties that are stored with each object. */
  readonly upload?: UploadDefaults | undefined;
  /** Certificates in PEM of the private authorities that the service's certificate comes from. */
  readonly caCerts?: readonly string[] | undefined;
}

/** The same, checked, copied and complete. */
export interface CheckedOptions {
  readonly bucket: string;
  readonly prefix: string | undefined;
  readonly region: string | undefined;
  readonly endpoint: URL | undefined;
  readonly pathStyle: boolean | undefined;
  readonly credentials:
    | (() => S3Credentials | Promise<S3Credentials>)
    | undefined;
  readonly partSize: number;
  readonly singleUploadSize: number;
  readonly parallel: number;
  readonly mostParallel: number;
  readonly timeout: number;
  readonly attempts: number;
  readonly checksum: ChecksumMode;
  readonly upload: UploadDefaults;
  readonly caCerts: readonly string[];
}
