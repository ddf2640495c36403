import type { Amounts } from "./parts/part.ts";
import { parseSize } from "./size.ts";

/** What the command line asks for. */
export interface Options extends Amounts {
  /** Parts to run; all but those on request if empty. */
  readonly only: readonly string[];
  /** Servers to run on; those that are here if empty. */
  readonly server: readonly string[];
  /** Words of which a client's name has to hold one; every client if empty. */
  readonly clients: readonly string[];
  /** Cells of the grid of distances to measure, each by words joined with `:`; all if empty. */
  readonly cells: readonly string[];
  /** Where the files and the servers' data go; the system's temporary directory if empty. */
  readonly directory: string;
  /** Where the other clients are installed; the default place if empty. */
  readonly peers: string;
  /** Where JSON goes, if anywhere. */
  readonly json: string;
  /** Where Markdown goes, if anywhere. */
  readonly markdown: string;
  /** Whether pictures are drawn and the page's tables replaced. */
  readonly publish: boolean;
  /** Whether tiny amounts only show that everything runs. */
  readonly smoke: boolean;
  /** Whether the other clients are installed first. */
  readonly install: boolean;
  /** Whether only the parts and clients are told. */
  readonly list: boolean;
  /** Whether only the help is shown. */
  readonly help: boolean;
}

/** How the command is used. */
export const USAGE = `Usage: deno task bench [options]

Measures the stores beside curl and the other clients, on one server, in turn.

  --only <part,…>        these parts alone (--list names them)
  --server <name,…>      minio, versitygw or s3rver     [those of deno task servers]
  --clients <word,…>     clients whose name holds a word             [all, and curl]
  --cells <words,…>      cells of \`distance\` that have all of the words, as download:1MiB:5ms
  --size <n>(B|KiB|MiB|GiB)     the large file                              [256MiB]
  --rounds <n>           rounds that count, after one that does not              [5]
  --objects <n>          small objects                                        [2000]
  --operations <n>       small operations on the file-system store           [10000]
  --directory <path>     a directory on a disk, for all data     [temporary, $TMPDIR]
  --json[=<path>]        figures as JSON                  [bench/results/bench.json]
  --markdown[=<path>]    tables as Markdown                 [bench/results/bench.md]
  --publish              draws bench/pictures/ and replaces what README.md shows of the parts
  --smoke                tiny amounts, one round: shows only that everything runs
  --install              installs the other clients into .tools/peers first
  --peers <path>         where they are installed                     [.tools/peers]
  --list                 tells the parts, servers and clients
  --help                 this text

curl and rclone are the system's. Exit codes: 0, 1 if a client failed, 2 usage.`;

const SMOKE = {
  size: "3MiB",
  rounds: "1",
  objects: "40",
  operations: "50",
};
const DEFAULTS = {
  size: "256MiB",
  rounds: "5",
  objects: "2000",
  operations: "10000",
};
const RESULTS: Readonly<Record<string, string>> = {
  json: "bench/results/bench.json",
  markdown: "bench/results/bench.md",
};
const FLAGS = new Set(["publish", "smoke", "install", "list", "help"]);
const LISTS = new Set(["only", "server", "clients", "cells"]);
const TEXTS = new Set(["directory", "peers"]);

/**
 * Reads the command line; a value follows its option after `=` or as the next
 * argument.
 *
 * @param args The arguments.
 * @returns The options, or why there are none.
 */
export function parseOptions(args: readonly string[]): Options | string {
  const given: Record<string, string> = {};
  for (let index = 0; index < args.length; index++) {
    const argument = args[index] ?? "";
    const [, name = "", value] = argument.match(/^--([a-z]+)(?:=(.*))?$/s) ??
      [];
    if (FLAGS.has(name)) {
      if (value !== undefined) return `${argument}: it takes no value`;
      given[name] = "yes";
    } else if (Object.hasOwn(RESULTS, name)) {
      given[name] = value ?? RESULTS[name] ?? "";
    } else if (
      LISTS.has(name) || TEXTS.has(name) || Object.hasOwn(DEFAULTS, name)
    ) {
      const text = value ?? args[++index];
      if (!text) return `${argument}: it takes a value`;
      given[name] = text;
    } else return `${argument}: there is no such option`;
  }
  return createOptions(given);
}

function createOptions(given: Record<string, string>): Options | string {
  const amounts = { ...given.smoke ? SMOKE : DEFAULTS, ...given };
  const size = parseSize(amounts.size);
  if (size === undefined) return `--size: "${amounts.size}" is no size`;
  const counts = { rounds: 0, objects: 0, operations: 0 };
  for (const name of ["rounds", "objects", "operations"] as const) {
    const text = amounts[name];
    if (!/^[1-9]\d{0,8}$/.test(text)) return `--${name}: "${text}" is no count`;
    counts[name] = Number(text);
  }
  if (given.cells && given.publish) {
    return "--cells and --publish: some cells are not the grid";
  }
  const list = (text = "") => text.split(",").filter((item) => item !== "");
  return {
    ...counts,
    size,
    only: list(given.only),
    server: list(given.server),
    clients: list(given.clients),
    cells: list(given.cells),
    directory: given.directory ?? "",
    peers: given.peers ?? "",
    json: given.json ?? "",
    markdown: given.markdown ?? "",
    publish: given.publish !== undefined,
    smoke: given.smoke !== undefined,
    install: given.install !== undefined,
    list: given.list !== undefined,
    help: given.help !== undefined,
  };
}
