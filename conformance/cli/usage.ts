/** A mistake of who calls the command: it exits with 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The text that `--help` prints. */
export const USAGE = `Prove a store against the contract, case by case.

usage: <command> <harness> [options]
       <command> --command "python3 serve.py" [options]
       <command> --init [driver|local|python|go]
       <command> compare <report.json>... [--html <path>]

<harness>            path or URL of a module whose default export is a harness
                     made with defineHarness()
--command <command>  in place of a harness: starts a store in another language,
                     which speaks the line protocol (see PROTOCOL.md)
compare              put JSON reports side by side, of several stores or of
                     several runs: a table, or a page with --html

--init [template]    write my_store.ts, my_harness.ts and README lines into the
                     working directory, and exit; nothing is replaced
--list               print the cases and exit
--explain <id|fault> print what a case checks, why, and what to look at; or
                     what is known of a likely cause, by the name in a report
--only <id|glob>     run only these cases: OVW-5, 'DST-*'; repeatable, or a,b
--skip <id|glob>     do not run these cases; repeatable, or a,b
--failed             run only what failed last time with this harness
--bail               stop at the first failure that changes the exit code
--no-smoke           run all cases although one round trip does not succeed
--watch              run again whenever a module of the harness has changed
--level must|should  which failures change the exit code (default: must)
--strict             an unverified case changes the exit code, too
--seed <text>        what names and bytes derive from, to repeat a run
--jobs <count>       how many cases run at once
--timeout <ms>       after how long a case is taken for hanging
--baseline <file>    JSON array of { "id", "reason" }: cases known to fail
--durations          print the ten slowest cases (in the text report)
--report <format>    text, json (a record a line), junit, markdown, html or
                     github (text and annotations, and a summary of the step);
                     format=path for a file, format=fd:3 for a descriptor;
                     repeatable (default: text)
--help               print this

A run of all cases begins with a smoke check, one round trip: where that fails,
nothing else runs. What failed last time is kept, a small file for each harness,
in storekit-conformance/ of the user's cache directory ($XDG_CACHE_HOME or
~/.cache, ~/Library/Caches on macOS, %LOCALAPPDATA% on Windows): remove it as
you like.

exit code: 0 no violation found, 1 a case or the smoke check failed, 2 wrong
usage, 3 the suite could not judge, 4 a case of the baseline passes, 5 no must
case ran (also --failed, where nothing failed last time), 130 interrupted
`;
