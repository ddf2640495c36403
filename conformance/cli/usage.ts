/** A mistake of who calls the command: it exits with 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The text that `--help` prints. */
export const USAGE = `Prove a store against the contract, case by case.

usage: <command> <harness> [options]

<harness>            path or URL of a module whose default export is a harness
                     made with defineHarness()

--list               print the cases and exit
--explain <id>       print what a case checks, why, and what to look at
--only <id|glob>     run only these cases: OVW-5, 'DST-*'; repeatable, or a,b
--skip <id|glob>     do not run these cases; repeatable, or a,b
--level must|should  which failures change the exit code (default: must)
--strict             an unverified case changes the exit code, too
--seed <text>        what names and bytes derive from, to repeat a run
--jobs <count>       how many cases run at once
--timeout <ms>       after how long a case is taken for hanging
--baseline <file>    JSON array of { "id", "reason" }: cases known to fail
--report <format>    text, json (a record a line), junit, markdown or html, or
                     format=path for a file; repeatable (default: text)
--help               print this

exit code: 0 no violation found, 1 a case failed, 2 wrong usage, 3 the suite
could not judge, 4 a case of the baseline passes, 5 no must case ran,
130 interrupted
`;
