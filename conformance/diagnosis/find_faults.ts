import signatures from "./signatures.json" with { type: "json" };

/** A known fault of stores, and the cases that catch it. */
export interface Signature {
  /** Short and unique: `get-last-byte`. */
  readonly name: string;
  /** The behaviour of a store with it. */
  readonly fault: string;
  /** Ids of the cases that fail on it. */
  readonly cases: readonly string[];
}

/**
 * Known faults that a case has caught, a line each.
 *
 * @param id The case's id; letter case does not matter.
 * @returns Lines such as `get-last-byte: the last byte is lost`.
 */
export function findFaults(id: string): string[] {
  return signatures
    .filter(({ cases }) => cases.includes(id.toUpperCase()))
    .map(({ name, fault }) => `${name}: ${fault}`);
}
