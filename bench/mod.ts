/**
 * Measures the stores beside curl and the other clients: `deno task bench`
 * (`--help` tells the options, `README.md` what is measured and what came out).
 *
 * @module
 */

import { dirname } from "@std/path";
import { findServers } from "../tools/servers/mod.ts";
import { findClients } from "./clients/find_clients.ts";
import { installPeers } from "./clients/install_peers.ts";
import { findTools, PEERS } from "./clients/tools.ts";
import { type Options, parseOptions, USAGE } from "./options.ts";
import { PARTS } from "./parts/parts.ts";
import { publish } from "./publish.ts";
import { Progress } from "./report/progress.ts";
import { formatReport, type Report } from "./report/report.ts";
import { type Plan, planBench, runBench } from "./run_bench.ts";

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if (typeof options === "string") return refuse(options);
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  let tools = await findTools(options.peers || PEERS);
  if (options.install) {
    await installPeers(tools);
    tools = await findTools(tools.peers);
  }
  const plan = planBench(options, {
    tools,
    found: await findClients(tools),
    servers: await findServers(),
  });
  if (typeof plan === "string") return refuse(plan);
  if (options.list) {
    printPlan(plan);
    return 0;
  }

  const interruption = new AbortController();
  const stop = () => interruption.abort(new Error("Interrupted"));
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, stop);
  }
  try {
    const { signal } = interruption;
    const progress = new Progress();
    const report = await runBench(plan, { args, progress, signal });
    await saveReport(report, options);
    if (options.publish) await publish(report);
    return countFailures(report) === 0 ? 0 : 1;
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    return 130;
  }
}

function refuse(reason: string): number {
  console.error(`Cannot run the benchmark with ${reason}\n\n${USAGE}`);
  return 2;
}

function printPlan({ clients, missing, servers }: Plan): void {
  console.log("Parts");
  for (const { name, summary, isOnRequest } of PARTS) {
    const when = isOnRequest ? " (only when --only names it)" : "";
    console.log(`  ${name.padEnd(10)} ${summary}${when}`);
  }
  console.log(`Servers\n  ${servers.join(", ")}\nClients`);
  for (const { name, version } of clients) {
    console.log(`  ${name.padEnd(18)} ${version}`);
  }
  for (const { name, reason } of missing) {
    console.log(`  ${name.padEnd(18)} missing: ${reason}`);
  }
}

async function saveReport(
  report: Report,
  { json, markdown }: Options,
): Promise<void> {
  const texts: [string, string][] = [
    [json, JSON.stringify(report, null, 2) + "\n"],
    [markdown, formatReport(report)],
  ];
  for (const [path, text] of texts) {
    if (path === "") continue;
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeTextFile(path, text);
    console.log(`written: ${path}`);
  }
}

function countFailures({ tables }: Report): number {
  const texts = tables.flatMap(({ rows }) => rows.flatMap(Object.values));
  const failures = texts.filter((text) => `${text}`.startsWith("failed: "));
  if (failures.length > 0) console.error(`${failures.length} failed`);
  return failures.length;
}
