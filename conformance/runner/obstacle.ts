import type { Case } from "../model/case.ts";
import { CaseStop } from "../model/case_stop.ts";
import type { Harness } from "../model/harness.ts";

/** Says why a case cannot run with a harness: a capability that is not declared, or a member that is not given. */
export function findObstacle(
  harness: Harness,
  c: Case,
  isForeign = false,
): CaseStop | undefined {
  const declared = harness.capabilities ?? ["flat"];
  for (const capability of c.capabilities ?? []) {
    if (!declared.includes(capability)) {
      const reason = `the harness does not declare '${capability}'`;
      return new CaseStop("skip", reason);
    }
  }
  if (c.inProcess && isForeign) {
    return new CaseStop(
      "unverified",
      "it looks at the kit's own process, and this store is in another one",
    );
  }
  for (const need of c.needs ?? []) {
    const member = harness[need];
    if (member === undefined || (Array.isArray(member) && !member.length)) {
      return new CaseStop("unverified", `the harness gives no '${need}'`);
    }
  }
  return undefined;
}
