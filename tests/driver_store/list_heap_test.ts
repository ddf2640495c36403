import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { buildDenoArguments } from "../../conformance/runner/process/child_command.ts";

Deno.test("listObjects() keeps nothing of the names that it has given, and withRetry() the names alone", async () => {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--quiet",
      "--no-check",
      "--v8-flags=--expose-gc",
      ...buildDenoArguments(),
      fromFileUrl(import.meta.resolve("./list_heap_main.ts")),
    ],
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  assert(success, decoder.decode(stderr));
  const kept = decoder.decode(stdout).trim().split("\n").map(Number);
  assertEquals(kept.length, 2);
  const [plain = NaN, retrying = NaN] = kept;
  // Racing a promise that lives as long as the listing kept 384 bytes for each name.
  assert(plain < 10, `${plain} bytes for each name`);
  // A listing that has to begin again leaves out what it has given.
  assert(retrying < 100, `${retrying} bytes for each name through withRetry()`);
});
