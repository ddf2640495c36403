import type { Case } from "../model/case.ts";

/** Cases that run together. */
export interface Phase {
  /** The cases. */
  readonly cases: readonly Case[];
  /** The number of them that run at once. */
  readonly jobs: number;
}

/**
 * Puts the cases in order: first those that can run side by side, then those that
 * want the process for themselves, last those that judge the whole run.
 *
 * @param selected The cases.
 * @param jobs How many run at once at most.
 */
export function planRun(selected: readonly Case[], jobs: number): Phase[] {
  const isLast = ({ judgesRun }: Case) => judgesRun !== undefined;
  const last = selected.filter(isLast).sort((a, b) =>
    Number(b.judgesRun === "rejections") -
    Number(a.judgesRun === "rejections")
  );
  const others = selected.filter((c) => !isLast(c));
  return [
    { cases: others.filter((c) => !c.exclusive), jobs },
    { cases: others.filter((c) => c.exclusive), jobs: 1 },
    { cases: last, jobs: 1 },
  ];
}
