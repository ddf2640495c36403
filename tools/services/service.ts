/** The services that the OpenDAL store is tested on. */
export const SERVICE_NAMES = [
  "fs",
  "sqlite",
  "redis",
  "webdav",
  "azurite",
  "fake-gcs-server",
  "minio",
] as const;
/** One of them. */
export type ServiceName = typeof SERVICE_NAMES[number];

/** The environment variable that passes a {@linkcode ServiceAddress} to a harness as JSON. */
export const SERVICE = "OBJECT_STORE_TEST_SERVICE";

/** What a store needs to know of a service; it can be passed to another process as JSON. */
export interface ServiceAddress {
  /** Its name in reports. */
  readonly name: ServiceName;
  /** Its name in OpenDAL. */
  readonly scheme: string;
  /** How OpenDAL is told where it is; without the `root` of `fs`, which is the case's own directory. */
  readonly options: Readonly<Record<string, string>>;
  /** Its address, where faults can be put between. */
  readonly upstream?: string;
  /** Milliseconds within which it answers on a busy machine. @default {8000} */
  readonly answersWithin?: number;
  /** What differs in `options` for a container that is not there. */
  readonly missing?: Readonly<Record<string, string>>;
  /** What differs in `options` for credentials that may do nothing. */
  readonly forbidden?: Readonly<Record<string, string>>;
}

/** A service that runs. */
export interface TestService extends ServiceAddress, AsyncDisposable {}
