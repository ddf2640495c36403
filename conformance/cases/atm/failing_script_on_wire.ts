import type { FaultAction, FaultRule } from "../../faults/fault.ts";
import type { FailingStep, ScriptPlace } from "./failing_script.ts";
import { half, hasAnswerBody, hasBody } from "../shared/wire.ts";

/** An operation that must reject under these faults. */
export interface FaultedStep extends FailingStep {
  /** The faults. */
  readonly rules: readonly FaultRule[];
}

/** The bodies of answers end in their middle. */
export const CUT_BODIES: FaultRule = {
  match: { where: hasAnswerBody },
  action: { kind: "cut", afterBytes: half },
};

/** Makes the faults that `failingScript` cannot make without the help of the wire. */
export function failingScriptOnWire(place: ScriptPlace): FaultedStep[] {
  const { root, name, source } = place;
  const busy: FaultAction = { kind: "status", status: 503 };
  const broken: FaultAction = { kind: "reset", at: { bodyBytes: half } };
  const faults: [string, FaultRule][] = [
    ["a busy service", { action: busy }],
    ["bodies that end early", CUT_BODIES],
    ["connections that break", {
      match: { where: hasAnswerBody },
      action: broken,
    }],
  ];
  const steps: FaultedStep[] = [];
  for (const to of ["new", "made/for/it", "made/", "existing", "dir"]) {
    for (const [index, [how, rule]] of faults.entries()) {
      // A busy service fails before anything local: one path is enough.
      if (index === 0 && to !== "made/for/it") continue;
      steps.push({
        what: `an overwriting download to "${to}" with ${how}`,
        clause: 25,
        rules: [rule],
        run: (store) =>
          store.downloadObject(name, `${root}/${to}`, { overwrite: true }),
      });
    }
  }
  const reset: FaultAction = { kind: "reset-upload", afterBytes: 1_000 };
  for (
    const [how, rule] of [
      ["a busy service", { action: busy }],
      ["connections that break", { match: { where: hasBody }, action: reset }],
    ] as const
  ) {
    steps.push({
      what: `an upload with ${how}`,
      clause: 25,
      rules: [rule],
      run: (store) => store.uploadObject(`${name}-new`, source),
    });
  }
  return steps;
}
