import { formatCounts } from "../report/format_counts.ts";
import type { CaseResult } from "../model/result.ts";
import type { RunEvent } from "../runner/run_options.ts";

const LINE_WIDTH = 79;

/** Shows how a run goes. */
export interface Progress {
  /** Shows an event. */
  show(event: RunEvent): void;
}

/**
 * Makes a {@linkcode Progress}: on a terminal one line that is written again
 * and again, otherwise a line for each group when its last case has ended.
 *
 * @param groups How many cases each group has.
 * @param isTerminal Whether to write again and again.
 * @param write Where to.
 */
export function makeProgress(
  groups: ReadonlyMap<string, number>,
  isTerminal: boolean,
  write: (text: string) => void,
): Progress {
  const running = new Set<string>();
  const results: CaseResult[] = [];
  let count = 0;

  function showLine(): void {
    const failed =
      results.filter(({ status }) => status === "fail" || status === "error")
        .length;
    const line = `${results.length}/${count} cases${
      failed > 0 ? `, ${failed} failed` : ""
    }${running.size > 0 ? `, running ${[...running].join(" ")}` : ""}`;
    write(`\r\x1b[K${line.slice(0, LINE_WIDTH)}`);
  }

  function showGroup({ group }: CaseResult): void {
    const ended = results.filter((result) => result.group === group);
    if (ended.length !== groups.get(group)) return;
    write(`${results.length}/${count} ${group}: ${formatCounts(ended)}\n`);
  }

  return {
    show(event) {
      if (event.type === "begin") count = event.count;
      if (event.type === "start") running.add(event.id);
      if (event.type === "result") {
        running.delete(event.result.id);
        results.push(event.result);
        if (!isTerminal) showGroup(event.result);
      }
      if (isTerminal) event.type === "end" ? write("\r\x1b[K") : showLine();
    },
  };
}
