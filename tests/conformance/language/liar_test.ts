import { assertEquals } from "@std/assert";
import { brokenCommand, idsOf, runCommand } from "./run_command.ts";

/**
 * Everything that a child passes which says yes and does nothing. A case that comes here without a
 * good reason judges nothing: it lacks a look at what an operation has done.
 */
const PASSED = [
  // Nothing is left in TMPDIR, as nothing is done.
  "ATM-3",
  // It closes as often as one likes.
  "CLS-1",
  // It ends when it is told to.
  "CLS-4",
  // Its files do not become more.
  "CON-6",
  // Its one URI is static, ...
  "URI-1",
  "URI-6",
  // ... and holds no secret.
  "URI-7",
];

Deno.test("a child that says yes to everything and does nothing passes these cases and no other", async () => {
  const results = await runCommand(brokenCommand("liar"), { jobs: 4 });
  assertEquals(idsOf(results, "pass"), PASSED);
  assertEquals(idsOf(results, "error"), []);
});
