import type { Harness } from "../model/harness.ts";

const PLAIN_SEGMENT = /^(?!\.{1,2}$)[A-Za-z0-9\-_.]{1,200}$/;
const PLAIN_LENGTH = 512;

/** Tells whether a store keeps a valid name, as clause 2 and its harness say. */
export function expectationOf(
  name: string,
  harness: Harness,
): "keeps" | "refuses" | "either" {
  const isPlain = name.length <= PLAIN_LENGTH &&
    name.split("/").every((segment) => PLAIN_SEGMENT.test(segment));
  if (isPlain) return "keeps";
  if (harness.refusesNames === undefined) return "either";
  return harness.refusesNames(name) ? "refuses" : "keeps";
}
