/** So many lines of each error are told again: its message, and not all of a long difference. */
const LINES = 30;
/** So many failures are told again; of the others their number. */
const MOST = 20;
/** Errors by the time they are shown: `name => ./file.ts:1:6`, or one that no test has thrown. */
const HEADING = /^\S.*(?: => \S+:\d+:\d+| \(uncaught error\))$/;

/**
 * Reads what `deno test` says of each test that failed, each with its name first.
 *
 * @param stdout What it has printed, without colors.
 */
export function readFailures(stdout: string): string[] {
  const lines = stdout.split("\n");
  const begin = lines.lastIndexOf(" ERRORS ");
  if (begin === -1) return [];
  const end = lines.indexOf(" FAILURES ", begin);
  const failures: string[][] = [];
  for (const line of lines.slice(begin + 1, end === -1 ? undefined : end)) {
    if (HEADING.test(line)) failures.push([]);
    failures.at(-1)?.push(line);
  }
  return failures.map((failure) => cut(failure.join("\n").trim()));
}

/**
 * The end of what a process has printed that failed before it could count its tests.
 *
 * @param stderr What it has printed, without colors.
 */
export function readEnd(stderr: string): string {
  return stderr.trim().split("\n").slice(-LINES).join("\n");
}

/** Shows failures together, for the end of an output of which only the end may be seen. */
export function formatFailures(failures: readonly string[]): string {
  const rest = failures.length - MOST;
  return [
    `What failed, once more:`,
    ...failures.slice(0, MOST),
    ...rest > 0 ? [`... and ${rest} more`] : [],
  ].join("\n\n");
}

function cut(failure: string): string {
  const lines = failure.split("\n");
  const rest = lines.length - LINES;
  if (rest <= 0) return failure;
  return [...lines.slice(0, LINES), `... ${rest} more lines`].join("\n");
}
