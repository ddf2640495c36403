/** The speed of a store, as the kit has measured it when the run began. */
export interface StorePace {
  /** Milliseconds of a small request: what `getObjectSize` takes. */
  readonly requestMs: number;
  /** Bytes a second of an upload of 1 MiB. */
  readonly uploadRate: number;
  /** Bytes a second of its download. */
  readonly downloadRate: number;
  /** The number of times that the machine was slower than an idle one. */
  readonly load: number;
  /** The largest object in bytes that cases try, where the store is too slow for the usual ones. */
  readonly largestTried?: number;
}
