import { type FaultKind, KINDS } from "./kinds.ts";
import signatures from "./signatures.json" with { type: "json" };

/** A known fault of stores, and the cases that catch it. */
export interface Signature {
  /** Short and unique: `get-last-byte`. */
  readonly name: string;
  /** The behaviour of a store with it. */
  readonly fault: string;
  /** The name of its {@linkcode FaultKind}. @default It is a kind of its own. */
  readonly kind?: string;
  /** Ids of the cases that fail on it. */
  readonly cases: readonly string[];
}

/** Every known fault: those of the kit's mutants. */
export const SIGNATURES: readonly Signature[] = signatures;

/**
 * Known faults that a case has caught, a line each.
 *
 * @param id The case's id; letter case does not matter.
 * @returns Lines such as `get-last-byte: the last byte is lost`.
 */
export function findFaults(id: string): string[] {
  return SIGNATURES
    .filter(({ cases }) => cases.includes(id.toUpperCase()))
    .map(({ name, fault }) => `${name}: ${fault}`);
}

/**
 * Everything that is known by a name: a kind of faults, or one fault.
 *
 * @param name The name, as a report gives it; letter case does not matter.
 * @returns The kind with its faults, the fault with its kind, or neither.
 */
export function findCause(
  name: string,
): { kind: FaultKind | undefined; faults: readonly Signature[] } {
  const wanted = name.toLowerCase();
  const fault = SIGNATURES.find((signature) => signature.name === wanted);
  const kind = KINDS.find((kind) => kind.name === (fault?.kind ?? wanted));
  const faults = fault === undefined
    ? SIGNATURES.filter((signature) => signature.kind === kind?.name)
    : [fault];
  return { kind, faults: kind === undefined && !fault ? [] : faults };
}
