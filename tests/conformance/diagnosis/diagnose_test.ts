import { assert, assertEquals } from "@std/assert";
import { catalogue } from "../../../conformance/cases/catalogue.ts";
import { CLAUSES } from "../../../conformance/model/clauses.ts";
import { diagnose } from "../../../conformance/diagnosis/diagnose.ts";
import { REMEDIES } from "../../../conformance/diagnosis/remedies.ts";
import { fail, measureDiagnosis } from "../../proof/measure_diagnosis.ts";

const KNOWN = [
  {
    name: "wide",
    fault: "written in place",
    cases: ["GET-1", "OVW-1", "OVW-2"],
  },
  { name: "narrow", fault: "a file is lost", cases: ["OVW-2"] },
  { name: "other", fault: "no last call", cases: ["CB-3", "CB-4"] },
  { name: "twin", fault: "no call at all", cases: ["CB-4", "CB-3"] },
];

Deno.test("diagnose() names nothing where nothing has failed", () => {
  assertEquals(diagnose(fail([])), { causes: [], unexplained: [], failed: 0 });
});

Deno.test("diagnose() explains all failures of one fault by that fault, and each once", () => {
  const { causes, unexplained } = diagnose(
    fail(["OVW-2", "GET-1", "OVW-1", "CB-3", "CB-4"]),
    KNOWN,
  );
  assertEquals(causes.map(({ explains }) => explains), [
    ["GET-1", "OVW-1", "OVW-2"],
    ["CB-3", "CB-4"],
  ]);
  assertEquals(unexplained, []);
});

Deno.test("diagnose() names faults together that cases cannot tell apart", () => {
  const [cause] = diagnose(fail(["CB-3", "CB-4"]), KNOWN).causes;
  assertEquals(cause?.faults.map(({ name }) => name), ["other", "twin"]);
});

Deno.test("diagnose() does not name a fault that passed cases speak against", () => {
  const { causes } = diagnose(fail(["OVW-2"]), KNOWN);
  assertEquals(causes.map(({ faults }) => faults[0]?.name), ["narrow"]);
  assertEquals(diagnose(fail(["GET-1"]), KNOWN).causes, []);
});

Deno.test("diagnose() takes cases that were not judged for nothing", () => {
  const results = fail(["CB-3"]).map((result) =>
    result.id === "CB-4" ? { ...result, status: "skip" as const } : result
  );
  const [cause] = diagnose(results, KNOWN).causes;
  assertEquals(cause?.explains, ["CB-3"]);
  assertEquals(cause?.contradictedBy, []);
});

Deno.test("diagnose() groups by what was seen what no fault explains", () => {
  const seen = (observed: string) => ({
    expected: "",
    observed,
    clause: 8,
    evidence: [],
  });
  const results = fail(["SIZ-1", "SIZ-2", "LST-1"]).map((result) =>
    result.status === "fail"
      ? {
        ...result,
        failure: seen(result.group === "SIZ" ? "ENOENT" : "nothing"),
      }
      : result
  );
  assertEquals(diagnose(results, KNOWN).unexplained, [
    { observed: "ENOENT", ids: ["SIZ-1", "SIZ-2"] },
    { observed: "nothing", ids: ["LST-1"] },
  ]);
});

Deno.test("diagnose() knows a remedy for every clause that a case can break", () => {
  const broken = new Set(catalogue.flatMap(({ clauses }) => clauses));
  assertEquals([...broken].filter((clause) => !(clause in REMEDIES)), []);
  assertEquals(Object.keys(REMEDIES).filter((c) => !(c in CLAUSES)), []);
});

Deno.test("the diagnosis is as good as it was measured to be", () => {
  const figures = measureDiagnosis();
  const text = JSON.stringify(figures);
  assert(figures.pairFirst >= 0.9, text);
  assert(figures.pairAmongThree >= 0.7, text);
});
