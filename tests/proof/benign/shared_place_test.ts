import { assertEquals } from "@std/assert";
import { buildDenoArguments } from "../../../conformance/runner/process/child_command.ts";
import { FileBacking } from "../reference/file_store.ts";
import { makeTemporaryDirectory } from "../../file_system/temporary_directory.ts";

const CLI = import.meta.resolve("../../../conformance/cli.ts");
const HARNESS = import.meta.resolve("./shared_place_harness.ts");

// ISO-5, which was moved here: runs that share a bucket.
Deno.test("two suite runs at once against one place both pass, and leave nothing there", async () => {
  await using place = await makeTemporaryDirectory();
  const outcomes = await Promise.all([
    runSuite(place.path),
    runSuite(place.path),
  ]);
  for (const { code, report } of outcomes) {
    const wrong = report.filter(({ status }) =>
      status === "fail" || status === "error"
    );
    assertEquals(wrong, []);
    assertEquals(code, 0);
  }
  assertEquals(await new FileBacking(place.path).list(""), []);
});

interface Line {
  id?: string;
  status?: string;
  reason?: string;
}

async function runSuite(
  place: string,
): Promise<{ code: number; report: Line[] }> {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--no-check", ...buildDenoArguments()],
      ...[CLI, HARNESS, "--report", "json"],
    ],
    env: { OBJECT_STORE_SHARED_PLACE: place },
    stdin: "null",
    stderr: "null",
  }).output();
  const lines = new TextDecoder().decode(stdout).trim().split("\n");
  return { code, report: lines.map((line) => JSON.parse(line)) };
}
