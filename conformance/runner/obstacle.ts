import { METHOD_OF } from "../model/capability.ts";
import type { Case } from "../model/case.ts";
import { CaseStop } from "../model/case_stop.ts";
import type { Harness } from "../model/harness.ts";

/**
 * Says why a case cannot run with a harness: a capability that is not declared,
 * or a member that is not given.
 *
 * @param harness The harness.
 * @param c The case.
 * @param isForeign Whether the store is in another process.
 * @param methods The optional methods that stores of the harness have, as far as is known: one that is not declared is not judged, which its author should know.
 */
export function findObstacle(
  harness: Harness,
  c: Case,
  isForeign = false,
  methods: ReadonlySet<string> = new Set(),
): CaseStop | undefined {
  const declared = harness.capabilities ?? ["flat"];
  for (const capability of c.capabilities ?? []) {
    if (!declared.includes(capability)) {
      const reason = `the harness does not declare '${capability}'`;
      const method = METHOD_OF[capability] ?? "";
      const has = methods.has(method)
        ? `, although the store has ${method}()`
        : "";
      return new CaseStop("skip", reason + has);
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
