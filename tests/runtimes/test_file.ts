import type { NpmProject } from "./npm_project.ts";

/** The harness whose cases the test file registers; it must be among the project's modules. */
export const HARNESS = "tests/stores/file_system_harness.ts";

/**
 * Writes a test file as a user of Bun or Vitest writes it, `conformance.test.js`: both have the
 * same `test`.
 *
 * @param project Where.
 * @param runner The module that has `test`.
 */
export async function writeTestFile(
  { pathOf, write }: NpmProject,
  runner: "bun:test" | "vitest",
): Promise<void> {
  await write(
    "conformance.test.js",
    `import { test } from ${JSON.stringify(runner)};
import { testObjectStore } from ${JSON.stringify(pathOf("conformance/mod.ts"))};
import harness from ${JSON.stringify(pathOf(HARNESS))};

testObjectStore(harness, {
  only: ["OVW-*", "SIZ-4"],
  register: ({ name, ignore, timeout, run }) =>
    (ignore ? test.skip : test)(name, async () => void await run(), timeout),
});
`,
  );
}
