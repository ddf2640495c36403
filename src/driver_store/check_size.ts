import { StoreFailure } from "../driver.ts";

/**
 * Refuses a size that is no number of bytes: the driver, or its service, gave
 * nonsense (clause 6).
 *
 * @param size What the driver gave.
 * @param what What it is the size of, for the message.
 * @returns The size in bytes.
 * @throws {StoreFailure} If it is not a whole number from 0.
 */
export function checkSize(size: unknown, what: string): number {
  if (Number.isSafeInteger(size) && (size as number) >= 0) {
    return size as number;
  }
  throw new StoreFailure(
    "OTHER",
    `${what} was given as ${
      typeof size === "string"
        ? JSON.stringify(size.slice(0, 32))
        : String(size)
    }, which is no number of bytes`,
  );
}
