import type { TransferSettings } from "../driver.ts";

const MIB = 2 ** 20;

/** The settings of a driver with every default. */
export type CompleteSettings =
  & Required<Omit<TransferSettings, "sufficientRate">>
  & Pick<TransferSettings, "sufficientRate">;

/**
 * Completes the settings of a driver with the defaults that
 * {@linkcode TransferSettings} documents.
 *
 * @param settings The driver's, if it has any.
 */
export function completeSettings({
  largestObject = Number.MAX_SAFE_INTEGER,
  partSize = 16 * MIB,
  singleUploadSize = partSize,
  // Parts do not shrink, however large many parts of a large object have to be.
  smallestPart = Infinity,
  maxParts = 10_000,
  rangeSize = 16 * MIB,
  firstBytes = rangeSize,
  smallestRange = rangeSize,
  smallestSlowRange = smallestRange,
  parallel = 4,
  mostParallel = parallel,
  heldBytes = 32 * MIB,
  ...rest
}: TransferSettings = {}): CompleteSettings {
  return {
    ...rest,
    largestObject,
    partSize,
    singleUploadSize,
    smallestPart,
    maxParts,
    rangeSize,
    firstBytes,
    smallestRange,
    smallestSlowRange,
    parallel,
    mostParallel,
    heldBytes,
  };
}
