import { assertEquals, assertMatch } from "@std/assert";
import type { Case } from "../../../conformance/model/case.ts";
import type { CaseResult } from "../../../conformance/model/result.ts";
import type {
  ReadableObjectStore,
  WritableObjectStore,
} from "../../../src/object_store.ts";
import { tinyCase } from "../tiny_store.ts";
import { brokenCommand, runCommand } from "./run_command.ts";

async function judge(how: string, run: Case["run"]): Promise<CaseResult> {
  const cases = [tinyCase({ run })];
  const [result] = await runCommand(brokenCommand(how), { cases });
  return result!;
}

/** Reads an object, and asks for something else after it. */
const readAll: Case["run"] = async ({ store }) => {
  const { stream } = await (store as ReadableObjectStore).readObject("a");
  for await (const _ of stream) { /* Only that it is read matters. */ }
  await store.getObjectSize("a");
};

/** Children that speak of bytes what nobody can understand, by the way in which they are. */
const BROKEN: Record<string, RegExp> = {
  "dies-while-read": /ended with exit code 3.*dying while it is read/s,
  "no-base64": /has a 'chunk' that is not base64: .*!!!!/,
  "empty-chunk": /it has sent a chunk without a byte/,
  "goes-on-after-end": /is about request \d+, which is answered already/,
  "chunk-before-answer": /gives bytes of request \d+, which is not answered/,
};

for (const [how, reason] of Object.entries(BROKEN)) {
  Deno.test(`a child that ${how} makes a case that reads an error, and is no broken promise`, async () => {
    const result = await judge(how, readAll);
    assertEquals(result.status, "error");
    assertMatch(result.reason ?? "", reason);
  });
}

Deno.test("a stream of a child that fails errors with the store's error", async () => {
  const { status, reason, failure } = await judge(
    "fails-while-read",
    async (ctx) => {
      const store = ctx.store as ReadableObjectStore;
      const { stream } = await store.readObject("a");
      const code = await stream.getReader().read().catch(({ code }) => code);
      if (code !== "TRANSIENT") throw ctx.broken(`its code is ${code}`);
    },
  );
  assertEquals([status, reason ?? failure], ["pass", undefined]);
});

Deno.test("a child cannot blame the caller's stream for its own failure", async () => {
  const { status, failure } = await judge(
    "false-source",
    ({ store }) => (store as WritableObjectStore).writeObject("a", "text"),
  );
  assertEquals(status, "fail");
  assertMatch(
    failure?.observed ?? "",
    /said to be the failure of the caller's stream, and that has not failed/,
  );
});
