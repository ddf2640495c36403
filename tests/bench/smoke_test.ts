import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { OURS } from "../../bench/clients/find_clients.ts";
import type { Report } from "../../bench/report/report.ts";
import type { Row, Table } from "../../bench/report/table.ts";
import { findServers } from "../../tools/servers/mod.ts";
import { runBench } from "./run_bench.ts";

/** The parts that compare clients, with how many tables each. */
const COMPARISONS = { large: 2, small: 3, first: 1, throttled: 2 };
/** Who is asked for; curl always is. */
const CLIENTS = "store,sdk on deno,js on deno";

Deno.test("bench/mod.ts --smoke compares every client, and its ratios parse", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const { code, stdout, stderr } = await runBench(
      ...["--smoke", `--directory=${directory}`, `--clients=${CLIENTS}`],
      `--json=${join(directory, "bench.json")}`,
      `--markdown=${join(directory, "bench.md")}`,
    );
    assertEquals(code, 0, `${stdout}\n${stderr}`);
    const json = await Deno.readTextFile(join(directory, "bench.json"));
    const { command, tables }: Report = JSON.parse(json);
    // It is published: no path of this machine.
    assertEquals(
      command,
      `deno task bench --smoke --directory --clients=${CLIENTS} --json --markdown`,
    );

    for (const [part, count] of Object.entries(COMPARISONS)) {
      const found = tables.filter((table) => table.part === part);
      assertEquals(found.length, count, part);
      found.forEach(checkComparison);
    }
    const secure = tables.filter(({ part }) => part === "https");
    const hasSecure = (await findServers()).includes("minio-https");
    assertEquals(secure.length, hasSecure ? 2 : 0);
    secure.forEach(checkComparison);
    checkRequests(tables.find(({ part }) => part === "requests"));
    const [imports] = tables.filter(({ part }) => part === "imports");
    for (const row of imports?.rows ?? []) checkFigures(row);
    assert((imports?.rows.length ?? 0) > 3);

    const markdown = await Deno.readTextFile(join(directory, "bench.md"));
    for (const { title } of tables) {
      assertStringIncludes(markdown, `**${title}**`);
      assertStringIncludes(stdout, title);
    }
    const names = [...Deno.readDirSync(directory)].map(({ name }) => name);
    assertEquals(names.sort(), ["bench.json", "bench.md"]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

/** Every row has figures or says why not; ours and curl have figures. */
function checkComparison({ title, rows }: Table): void {
  const names = rows.map((row) => row.client);
  for (const name of [...OURS, "curl"]) {
    assert(names.includes(name), `${name} is missing in ${title}`);
  }
  for (const row of rows) {
    const mayLack = !OURS.includes(`${row.client}`);
    if (mayLack && row.note !== undefined) {
      assert(/^skipped: \S|^has no such command$/.test(`${row.note}`));
    } else checkFigures(row);
  }
}

function checkFigures({ client, median, ratio, times }: Row): void {
  for (const figure of [median, ratio]) {
    assert(typeof figure === "number" && figure > 0, `${client}: ${figure}`);
  }
  assert(Array.isArray(times) && times.length > 0, `${client} has no times`);
}

/** What S3 allows: one request for each operation on a small object. */
function checkRequests(table: Table | undefined): void {
  for (const name of OURS) {
    const row = table?.rows.find(({ client }) => client === name);
    assertEquals(row?.["up 4 KiB"], "1 PUT", name);
    assertEquals(row?.["down 4 KiB"], "1 GET", name);
    assertEquals(row?.size, "1 HEAD", name);
  }
}
