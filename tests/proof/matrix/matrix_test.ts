import { assertEquals } from "@std/assert";
import { variants } from "../benign/mod.ts";
import { catalogue } from "../../../conformance/cases/catalogue.ts";
import {
  findAccusations,
  findFaults,
  findGaps,
  judge,
  type Verdict,
} from "./matrix.ts";
import { mutants } from "../mutants/mod.ts";
import type { Mutant } from "../mutants/mutant.ts";
import { memoryHarness } from "../reference/memory_harness.ts";

const mutant: Mutant = {
  name: "m",
  description: "",
  caughtBy: ["PUT-1", "GET-10"],
  harness: memoryHarness,
};

Deno.test("findFaults() finds nothing where a mutant is caught as listed", () => {
  const faults = findFaults([mutant], [verdict({
    caught: ["GET-10", "PUT-1"],
  })]);
  assertEquals(faults, nothing());
});

Deno.test("findFaults() tells of a case that missed and of one that is not listed", () => {
  const faults = findFaults([mutant], [verdict({
    caught: ["PUT-1", "PUT-2"],
    passed: ["GET-10"],
  })]);
  const differences = [
    "m: not caught by GET-10",
    "m: also caught by PUT-2",
  ];
  assertEquals(faults, nothing({ differences }));
});

Deno.test("findFaults() tells of a mutant that survives or was not judged", () => {
  const differences = ["m: not caught by PUT-1, GET-10"];
  const survived = nothing({ survivors: ["m"], differences });
  assertEquals(findFaults([mutant], [verdict({})]), survived);
  assertEquals(findFaults([mutant], []), survived);
});

Deno.test("findFaults() tells of cases in which the suite failed", () => {
  const faults = findFaults([mutant], [verdict({
    caught: ["GET-10", "PUT-1"],
    broken: ["PUT-2: no disk"],
  })]);
  assertEquals(faults, nothing({ broken: ["m: PUT-2: no disk"] }));
});

Deno.test("findFaults() excuses a listed case only where the machine cannot judge it", () => {
  const unverified = { "GET-10": "the harness gives no 'smallDevice'" };
  const verdicts = [verdict({ caught: ["PUT-1"], unverified })];
  const unjudged = ["m by GET-10: the harness gives no 'smallDevice'"];
  const options = { excused: ["GET-10"] };
  assertEquals(findFaults([mutant], verdicts, options), nothing({ unjudged }));
  assertEquals(
    findFaults([mutant], verdicts).differences,
    ["m: not caught by GET-10"],
  );
  const passed = [verdict({ caught: ["PUT-1"], passed: ["GET-10"] })];
  assertEquals(
    findFaults([mutant], passed, options).differences,
    ["m: not caught by GET-10"],
  );
});

Deno.test("findFaults() leaves out cases that did not run", () => {
  const faults = findFaults([mutant], [verdict({ caught: ["PUT-1"] })], {
    isJudged: (id) => id === "PUT-1",
  });
  assertEquals(faults, nothing());
});

Deno.test("findGaps() tells of a case without a mutant, and of a must case without a subtle one", () => {
  const cases = catalogue.filter(({ id }) =>
    ["PUT-1", "URI-4", "GET-10", "GET-8"].includes(id)
  );
  const subtle = { ...mutant, subtle: true, caughtBy: ["GET-10"] };
  const plain = { ...mutant, caughtBy: ["PUT-1", "URI-4"] };
  assertEquals(findGaps([subtle, plain], cases), [
    "PUT-1 catches no subtle mutant",
    "GET-8 catches no mutant",
  ]);
});

Deno.test("findAccusations() tells of each case that fails on a benign variant, and of none that it may fail", () => {
  const variant = {
    name: "m",
    description: "",
    shortOf: ["CB-5"],
    harness: memoryHarness,
  };
  const green = verdict({ caught: ["CB-5"], passed: ["PUT-1"] });
  assertEquals(findAccusations([variant], [green]), []);
  const accused = verdict({ caught: ["PUT-1"], broken: ["PUT-2: no disk"] });
  assertEquals(findAccusations([variant], [accused]), [
    "m: accused by PUT-1",
    "m: PUT-2: no disk",
  ]);
  assertEquals(findAccusations([variant], []), ["m: not judged"]);
});

// The whole matrix takes minutes: `deno task mutants`.
for (
  const [name, only] of [
    ["put-same-size-kept", ["PUT-1", "PUT-3"]],
    ["get-fixed-mode", ["GET-8", "GET-2"]],
    ["like-overwrites", ["OVW-1", "OVW-2"]],
    ["like-500-in-text", ["TRN-7", "SIZ-2"]],
  ] as const
) {
  Deno.test(`judge() has ${name} caught by exactly the cases it lists, of ${only.join(", ")}`, async () => {
    const chosen = mutants.filter((one) => one.name === name);
    const verdicts = await Promise.all(
      chosen.map((one) => judge(one, { only })),
    );
    const isJudged = (id: string) => only.some((one) => one === id);
    assertEquals(chosen.length, 1);
    assertEquals(findFaults(chosen, verdicts, { isJudged }), nothing());
    assertEquals(verdicts[0]?.passed.length, 1);
  });
}

for (const name of ["foreign-errors", "last-first", "wrapped-thrice"]) {
  Deno.test(`judge() accuses the variant ${name} of nothing, in a few cases`, async () => {
    const only = ["PUT-1", "OVW-*", "ERR-1", "ERR-4", "CB-3"];
    const chosen = variants.filter((one) => one.name === name);
    const verdicts = await Promise.all(
      chosen.map((one) => judge(one, { only })),
    );
    assertEquals(chosen.length, 1);
    assertEquals(findAccusations(chosen, verdicts), []);
  });
}

function verdict(members: Partial<Verdict>): Verdict {
  const none = { caught: [], passed: [], unverified: {}, broken: [] };
  return { name: "m", ...none, seconds: 0, ...members };
}

function nothing(
  members: Partial<ReturnType<typeof findFaults>> = {},
): ReturnType<typeof findFaults> {
  const none = { survivors: [], differences: [], broken: [], unjudged: [] };
  return { ...none, ...members };
}
