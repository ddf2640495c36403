import type { ObjectData } from "../object_store.ts";
import { refuseArgument } from "../refusal.ts";

const RULE =
  "be a Uint8Array, a string, a Blob or a ReadableStream that is not locked";

/**
 * Checks what is to be stored (clause 33).
 *
 * @param data What the caller gave.
 * @param size The size that the caller gave with it.
 * @throws {TypeError} If it is nothing that can be stored, or a stream that is locked.
 * @throws {RangeError} If it has another size.
 */
export function checkData(data: ObjectData, size: number | undefined): void {
  if (data instanceof ReadableStream) {
    if (data.locked) {
      throw refuseArgument("data", RULE, "a stream that is locked");
    }
    return;
  }
  const found = sizeOf(data);
  if (size === undefined || size === found) return;
  throw new RangeError(
    `Cannot use 'size' as it must be that of the data, ${found} bytes: current value is ${size}`,
  );
}

/**
 * Cancels a stream that is not going to be stored, as nobody else will. What it says to that is of no
 * interest to anybody.
 *
 * @param data What the caller gave.
 * @param reason Why it is not stored.
 */
export function cancelData(data: unknown, reason: unknown): void {
  if (!(data instanceof ReadableStream) || data.locked) return;
  data.cancel(reason).catch(() => {});
}

function sizeOf(data: unknown): number {
  if (typeof data === "string") return new TextEncoder().encode(data).length;
  if (data instanceof Blob) return data.size;
  if (data instanceof Uint8Array) {
    const { detached } = data.buffer as { detached?: boolean };
    if (detached) {
      throw refuseArgument("data", RULE, "bytes that were transferred");
    }
    return data.length;
  }
  throw refuseArgument(
    "data",
    RULE,
    typeof data === "object" ? describe(data) : data,
  );
}

function describe(data: object | null): string {
  return data === null ? "null" : `a ${data.constructor?.name ?? "record"}`;
}
