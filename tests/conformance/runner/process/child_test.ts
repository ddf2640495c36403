import { assert, assertEquals, assertMatch } from "@std/assert";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { buildDenoArguments } from "../../../../conformance/runner/process/child_command.ts";
import type { CaseResult } from "../../../../conformance/model/result.ts";
import cases, { childHarness } from "./child_cases.ts";
import { runCases } from "../../tiny_store.ts";

const casesModule = import.meta.resolve("./child_cases.ts");

Deno.test("child() exchanges events with a process, whatever the store prints", async () => {
  const { status, reason } = await run("CHD-1");
  assertEquals(status, "pass", reason);
});

Deno.test("child() tells that a process was killed", async () => {
  const { status, reason } = await run("CHD-2");
  assertEquals(status, "pass", reason);
});

Deno.test("child() fails the case when the store rejects in the process", async () => {
  const { status, failure } = await run("CHD-3");
  assertEquals(status, "fail");
  assertMatch(failure?.observed ?? "", /rejected with ObjectNotFoundError/);
});

for (const [id, status] of [["CHD-20", "unverified"], ["CHD-21", "fail"]]) {
  Deno.test(`child() is ${status} when the process gives a service up in ${id}`, async () => {
    const result = await run(String(id));
    assertEquals(result.status, status, result.reason);
  });
}

Deno.test("child() blames the suite when the case throws in the process", async () => {
  const { status, reason } = await run("CHD-4");
  assertEquals(status, "error");
  assertMatch(reason ?? "", /the case failed in the case's process.*bug/);
});

Deno.test("child() fails the case when the process ends before its event", async () => {
  const { status, failure } = await run("CHD-5");
  assertEquals(status, "fail");
  assertMatch(failure?.observed ?? "", /ended with exit code 9/);
  assertEquals(failure?.evidence[0], {
    title: "standard error",
    lines: ["goodbye"],
  });
});

Deno.test("child() processes are gone when the case has ended", async () => {
  const directory = await fs.mkdtemp(
    join(Deno.env.get("TMPDIR") ?? "/tmp", "pid-"),
  );
  Deno.env.set("CHD_PIDS", directory);
  try {
    assertEquals((await run("CHD-6")).status, "pass");
    const pid = await fs.readFile(join(directory, "pid"), "utf8");
    assertEquals(await fs.stat(`/proc/${pid}`).catch(() => "gone"), "gone");
  } finally {
    Deno.env.delete("CHD_PIDS");
    await fs.rm(directory, { recursive: true });
  }
});

Deno.test("child() puts a wrapper before the command", async () => {
  assertEquals((await run("CHD-7")).status, "pass");
});

Deno.test("child() leaves the case unverified when no process can be started", async () => {
  const { status, reason } = await run("CHD-8");
  assertEquals(status, "unverified");
  assertMatch(reason ?? "", /no process can be started/);
});

Deno.test("child() blames the suite when the process ends before its first message", async () => {
  const { status, reason } = await run("CHD-9");
  assertEquals(status, "error");
  assertMatch(reason ?? "", /says nothing about the store.*no such module/);
  assertMatch(reason ?? "", /STOREKIT_DENO_ARGS/);
});

Deno.test("a child process's module is in the kit's module graph, so that deno cache gets it", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "info",
      "--json",
      ...buildDenoArguments(),
      import.meta.resolve("../../../../conformance/cli.ts"),
    ],
  }).output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as {
    modules: { specifier: string }[];
  };
  const names = modules.map(({ specifier }) => specifier.split("/").at(-1));
  assert(names.includes("child_main.ts"));
});

Deno.test("child() leaves the case unverified without the harness's module", async () => {
  const { module: _, ...harness } = childHarness;
  const results = await runCases(cases, harness, { only: ["CHD-1"] });
  assertEquals(results.get("CHD-1")?.status, "unverified");
});

async function run(id: string): Promise<CaseResult> {
  const results = await runCases(cases, childHarness, {
    only: [id],
    casesModule,
  });
  return results.get(id) as CaseResult;
}
