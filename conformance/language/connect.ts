import { resolve } from "node:path";
import process from "node:process";
import { azureBlobDialect } from "../faults/azure_blob_dialect.ts";
import type { Dialect } from "../faults/fault.ts";
import { gcsDialect } from "../faults/gcs_dialect.ts";
import { s3Dialect } from "../faults/s3_dialect.ts";
import { CaseStop } from "../model/case_stop.ts";
import { checkHarness } from "../model/check_harness.ts";
import { type CommandHarness, type Harness, wireOf } from "../model/harness.ts";
import type { Hello } from "./messages.ts";
import { StorePool } from "./store_pool.ts";
import { StoreProcess } from "./store_process.ts";

/**
 * The error of a command that cannot be judged: it does not start, or does not speak the protocol.
 *
 * @example Telling it from a store that fails cases
 * ```ts
 * import { CommandError, runConformance } from "@storekit/object-store/conformance";
 *
 * try {
 *   for await (const { id, status } of runConformance({ command: ["no-such-program"] })) {
 *     console.log(id, status);
 *   }
 * } catch (error) {
 *   if (!(error instanceof CommandError)) throw error;
 *   console.log(`The store could not be judged: ${error.message}`);
 * }
 * ```
 */
export class CommandError extends Error {
  /** Always `CommandError`. */
  override readonly name = "CommandError";
}

/** A harness that the kit can use, whatever kind it was. */
export interface Connection {
  /** The harness. */
  readonly harness: Harness;
  /** The processes behind it, if it has a command. */
  readonly pool: StorePool | undefined;
}

/**
 * Gives a harness with a command the members that the kit wants: starts a process, and asks it what
 * it is. What the harness says itself counts before that. Any other harness stays as it is.
 *
 * @param harness The harness.
 * @throws {CommandError} If the process does not start, or does not speak the protocol.
 */
export async function connect(
  harness: Harness | CommandHarness,
): Promise<Connection> {
  if (!("command" in harness)) return { harness, pool: undefined };
  const { command, cwd, ...members } = harness;
  const start = { command, cwd: resolve(cwd ?? process.cwd()) };
  const shown = JSON.stringify(command.join(" "));
  let first: StoreProcess | undefined;
  try {
    first = await StoreProcess.start(start);
    const said = readMembers(first.hello);
    const pool = new StorePool(start, first);
    const whole = complete({ ...said, ...members }, first.hello);
    const bound = pool.lend().bind(whole);
    checkHarness(bound);
    return { harness: bound, pool };
  } catch (error) {
    await first?.kill();
    const isKnown = error instanceof CaseStop || error instanceof TypeError;
    if (!isKnown) throw error;
    throw new CommandError(
      `Cannot judge the store of the command ${shown}: ${error.message}`,
      { cause: error },
    );
  }
}

type Members = Partial<Harness>;

/** The bundled dialects, by the names that they have in this protocol. */
const DIALECTS: Readonly<Record<string, Dialect>> = {
  s3: s3Dialect,
  azure: azureBlobDialect,
  gcs: gcsDialect,
};

/** Capabilities that are powers in this protocol. */
const OF_POWERS = ["list", "read", "write", "delete"] as const;

/** The members of a harness in an answer to `hello`; `checkHarness` looks at their values. */
function readMembers({ store, members }: Hello): Members {
  const { capabilities, limits, secrets, upstream, wire, dialect } = members;
  const given = { capabilities, limits, secrets, upstream, wire };
  return {
    name: store,
    ...Object.fromEntries(
      Object.entries(given).filter(([, value]) =>
        value !== undefined && value !== null
      ),
    ),
    ...(dialect === undefined || dialect === null
      ? {}
      : { dialect: findDialect(dialect) }),
  };
}

function findDialect(name: unknown): Dialect {
  const dialect = typeof name === "string" && Object.hasOwn(DIALECTS, name)
    ? DIALECTS[name]
    : undefined;
  if (dialect !== undefined) return dialect;
  const names = Object.keys(DIALECTS).map((each) => JSON.stringify(each));
  throw new TypeError(
    `'dialect' in the answer to 'hello' must be one of ${
      names.join(", ")
    }: current value is ${JSON.stringify(name)}`,
  );
}

/** The members that a lease gives in the end; here they say which there are. */
function complete(members: Members, { powers }: Hello): Harness {
  const { capabilities = ["flat"], upstream, name = "" } = members;
  const isHttp = upstream !== undefined && wireOf(members) === "http";
  const open = unbound;
  // Said in one place, so that a store has the methods of what it declares.
  const all = Array.isArray(capabilities)
    ? [
      ...capabilities.filter((each) => !OF_POWERS.some((one) => one === each)),
      ...OF_POWERS.filter((power) => powers.includes(power)),
    ]
    : capabilities;
  return {
    ...members,
    name,
    open,
    module: import.meta.url,
    capabilities: all,
    ...(isHttp ? { openAt: unbound } : {}),
    ...(all.includes("authz") ? { openForbidden: unbound } : {}),
    ...(all.includes("bucket") ? { openMissingBucket: unbound } : {}),
  };
}

function unbound(): never {
  throw new Error("a store of another language is opened through a lease");
}
