import process from "node:process";
import { pathToFileURL } from "node:url";
import { runConformance } from "./run.ts";

// First form, so that cases can be run: deno run -A conformance/cli.ts <harness.ts> [--only id,glob]
const [path = "", option, only] = Deno.args;
const { default: harness } = await import(pathToFileURL(path).href);
let failures = 0;
for await (
  const { id, title, status, reason, failure } of runConformance(harness, {
    ...(option === "--only" ? { only: (only ?? "").split(",") } : {}),
  })
) {
  console.log(`${status.padEnd(10)} ${id} ${title} ${reason ?? ""}`);
  if (failure === undefined) continue;
  failures++;
  console.log(`  expected: ${failure.expected}`);
  console.log(`  observed: ${failure.observed} (clause ${failure.clause})`);
  if (failure.hint) console.log(`  hint: ${failure.hint}`);
  for (const { title, lines } of failure.evidence) {
    console.log(
      `  ${title}:\n${lines.map((line) => `    ${line}`).join("\n")}`,
    );
  }
}
process.exit(failures > 0 ? 1 : 0);
