import type { CaseResult } from "../model/result.ts";

/** Failed cases that saw the same. */
export interface SeenAlike {
  /** The observation. */
  readonly observed: string;
  /** Ids of the cases. */
  readonly ids: readonly string[];
}

/** So many cases that were stopped by the same error are one cause, whatever else they are about. */
const SHARED_STOP = 4;

/**
 * Failures of one call with one error in many cases, where the call only had to succeed: the cases
 * were stopped there, before they could check what they are about.
 *
 * @param failures Results of failed cases.
 * @returns The call and its error, and the cases; the most frequent is first.
 */
export function findSharedStops(failures: readonly CaseResult[]): SeenAlike[] {
  const stopped = failures.flatMap((result) => {
    const stop = describeStop(result);
    return stop === undefined ? [] : [{ id: result.id, ...stop }];
  });
  return [...Map.groupBy(stopped, ({ shape }) => shape).values()]
    .filter((group) => group.length >= SHARED_STOP)
    .map((group) => ({
      observed: group[0]!.text,
      ids: group.map(({ id }) => id),
    }))
    .sort((a, b) => b.ids.length - a.ids.length);
}

/**
 * Failures grouped by what was seen, names, paths and numbers aside.
 *
 * @param failures Results of failed cases.
 * @returns The largest group is first.
 */
export function groupBySeen(failures: readonly CaseResult[]): SeenAlike[] {
  const seen = ({ failure }: CaseResult) => failure?.observed ?? "";
  return [...Map.groupBy(failures, (result) => toShape(seen(result))).values()]
    .map((group) => ({
      observed: seen(group[0]!),
      ids: group.map(({ id }) => id),
    }))
    .sort((a, b) => b.ids.length - a.ids.length);
}

function describeStop(
  { failure }: CaseResult,
): { shape: string; text: string } | undefined {
  if (failure === undefined || !failure.expected.endsWith("succeeds")) {
    return undefined;
  }
  const { expected, observed, evidence } = failure;
  const call = findCall(expected);
  const error =
    evidence.find(({ title }) => title === "error chain")?.lines[0] ??
      observed.replace(/^it (failed|rejected) with /, "");
  const text = `${call} fails with ${error}`;
  return { shape: toShape(text), text };
}

function findCall(expected: string): string {
  const [method] = expected.match(/\b[a-z]+[A-Z]\w*(?=\()/) ?? [];
  if (method !== undefined) return `${method}()`;
  return /\bdownload\b/.test(expected) ? "downloadObject()" : "uploadObject()";
}

/** A text without what differs from case to case. */
function toShape(text: string): string {
  return text
    .replace(/"(?:[^"\\]|\\.)*"|'[^']*'/g, "…")
    .replace(/(?:[a-z]+:)?\/[^\s,;)]+/gi, "…")
    .replace(/\d+/g, "#")
    // A store's own texts end in the case's names without quotes.
    .replace(/\b[\w.-]*[0-9a-f]{8,}[\w.-]*/g, "…");
}
