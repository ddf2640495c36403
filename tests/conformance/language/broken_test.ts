import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { CommandError } from "../../../conformance/language/connect.ts";
import type { CaseResult } from "../../../conformance/model/result.ts";
import { brokenCommand, runCommand } from "./run_command.ts";

/** A case that uploads, one that asks for a size, one that lists, and one that only asks for URIs. */
const ONLY = ["PUT-1", "SIZ-1", "LST-1", "URI-2"];

/** Children that the kit cannot judge at all. */
const UNUSABLE: Record<string, RegExp> = {
  "exits-at-once":
    /ended with exit code 4.*standard error ends:\s+cannot start: no configuration/s,
  "version-2": /it speaks version 2 of the protocol, and this kit version 1/,
  "wrong-limits": /'limits.partSize' must be a positive integer/,
  "prints-banner": /a line is not JSON: "Welcome to the store!"/,
};

/** Children of which each case says what is wrong, by the way in which they are. */
const BROKEN: Record<string, RegExp> = {
  "dies-in-open": /ended with exit code 3.*dying in open/s,
  "refuses-open":
    /could not open the store: ConfigError: no bucket, by KeyError: 'BUCKET'/,
  "answers-twice": /is about request \d+, which is answered already/,
  "unknown-id": /is about request 4711, which is none of the kit's/,
  "half-a-line": /ended with exit code 0, in the middle of a line/,
  "garbage": /a line is not JSON: "Traceback/,
  "endless-line": /a line is longer than 1048576 characters/,
  "two-marks": /has an 'error' with code and local where one of/,
  "unknown-code": /has the code "GONE", and the contract has OBJECT_NOT_FOUND/,
};

for (const [how, message] of Object.entries(UNUSABLE)) {
  Deno.test(`a child that ${how} cannot be judged`, async () => {
    await assertRejects(
      () => runCommand(brokenCommand(how), { only: ONLY }),
      CommandError,
    ).then(({ message: text }) => assertMatch(text, message));
  });
}

Deno.test("a child that says that it has begun when it has answered is judged as any other", async () => {
  const only = ["URI-1"];
  const results = await runCommand(brokenCommand("begins-late"), { only });
  assertEquals(statusesOf(results), "pass");
});

Deno.test("a command that cannot be started is named", async () => {
  const error = await assertRejects(
    () => runCommand(["/no/such/program", "x"], { only: ONLY }),
    CommandError,
  );
  assertMatch(error.message, /"\/no\/such\/program x": it cannot be started/);
});

for (const [how, reason] of Object.entries(BROKEN)) {
  Deno.test(`a child that ${how} makes cases errors, and is no broken promise`, async () => {
    const results = await runCommand(brokenCommand(how), { only: ONLY });
    assertEquals(statusesOf(results), "error");
    for (const result of results) assertMatch(result.reason ?? "", reason);
  });
}

for (const what of ["upload", "size", "list", "uri", "download", "close"]) {
  Deno.test(`a child that dies in ${what} makes the cases errors that come so far, and the next gets another`, async () => {
    const options = { only: [...ONLY, "GET-1", "URI-1"], jobs: 1 };
    const results = await runCommand(brokenCommand(`dies-in-${what}`), options);
    const errors = results.filter(({ status }) => status === "error");
    assertEquals(errors.length > 0, true);
    for (const { reason } of errors) {
      assertMatch(reason ?? "", new RegExp(`code 3.*dying in ${what}`, "s"));
    }
  });
}

Deno.test("a child that closes its output makes cases errors, with its standard error", async () => {
  const hello = JSON.stringify({ id: 1, ok: { protocol: 1, store: "closes" } });
  const script =
    `read line; echo '${hello}'; read line; echo closing >&2; exec 1>&-; read line; read line`;
  const results = await runCommand(["sh", "-c", script], { only: ["PUT-1"] });
  assertEquals(statusesOf(results), "error");
  const reason = /closed its standard output and went on.*ends:\s+closing/s;
  assertMatch(results[0]?.reason ?? "", reason);
});

Deno.test("a child that lacks a service makes cases unverified, with its words", async () => {
  const results = await runCommand(brokenCommand("lacks-open"), { only: ONLY });
  assertEquals(statusesOf(results), "unverified");
  assertEquals(results[0]?.reason, "there is no server here");
});

Deno.test("a child that hangs fails the case with what is pending", async () => {
  const [result] = await runCommand(brokenCommand("hangs"), {
    only: ["PUT-1"],
    caseTimeoutMs: 500,
  });
  assertEquals(result?.status, "fail");
  assertMatch(result?.failure?.observed ?? "", /uploadObject\(.*still pending/);
  assertMatch(result?.failure?.hint ?? "", /^it hangs: a timeout is missing/);
});

Deno.test("a child that reports progress without end is stopped", async () => {
  const [result] = await runCommand(brokenCommand("floods"), {
    only: ["CB-1"],
  });
  assertEquals(result?.status, "error");
  assertMatch(result?.reason ?? "", /has reported progress 200001 times/);
});

Deno.test("a call of the callback after the answer is seen by the case", async () => {
  const [result] = await runCommand(brokenCommand("late-progress"), {
    only: ["CB-3"],
  });
  assertEquals(result?.status, "fail");
});

Deno.test("an error carries the other language's class, causes, stack and standard error", async () => {
  const [result] = await runCommand(brokenCommand("typed-error"), {
    only: ["PUT-1"],
  });
  assertEquals(result?.status, "fail");
  const { evidence = [], observed } = result?.failure ?? {};
  assertMatch(observed ?? "", /type botocore.ClientError/);
  const lines = evidence.flatMap(({ lines }) => lines).join("\n");
  assertMatch(lines, /SSLError: bad handshake/);
  assertMatch(lines, /OSError: \[Errno 5\]/);
  assertMatch(lines, /a line on standard error/);
});

for (const how of ["false-abort", "false-callback"]) {
  Deno.test(`a claim that cannot be true is no error of the store: ${how}`, async () => {
    const [result] = await runCommand(brokenCommand(how), { only: ["SIZ-2"] });
    assertEquals(result?.status, "fail");
    assertMatch(result?.failure?.observed ?? "", /said to be/);
  });
}

Deno.test("a power that is not declared makes a case unverified once it is used", async () => {
  const [result] = await runCommand(brokenCommand("no-powers"), {
    only: ["ABT-1"],
  });
  assertEquals(result?.status, "unverified");
  assertMatch(result?.reason ?? "", /does not declare the power 'abort'/);
});

/** The one status of all results, or all of them. */
function statusesOf(results: readonly CaseResult[]): string {
  return [...new Set(results.map(({ status }) => status))].join();
}
