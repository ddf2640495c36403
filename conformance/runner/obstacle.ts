import { METHOD_OF } from "../model/capability.ts";
import type { Case, Need } from "../model/case.ts";
import { CaseStop } from "../model/case_stop.ts";
import { type Harness, wireOf } from "../model/harness.ts";

const ABOUT_HTTP: readonly Need[] = [
  "upstream",
  "dialect",
  "openAt",
  "openTrusting",
];

/**
 * Says why a case cannot run with a harness: a capability that is not declared,
 * a member that is not given, or a limitation
 * that makes the case pointless.
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
    const pointless = findLimitation(harness, need);
    if (pointless !== undefined) return new CaseStop("skip", pointless);
    const member = need === "tcp"
      ? "upstream"
      : need === "noWire"
      ? "wire"
      : need;
    const value = harness[member];
    if (value === undefined || (Array.isArray(value) && !value.length)) {
      return new CaseStop("unverified", `the harness gives no '${member}'`);
    }
  }
  return undefined;
}

/** Says why a store cannot have what a case is about. */
function findLimitation(harness: Harness, need: Need): string | undefined {
  const wire = wireOf(harness);
  if (need === "secrets" && harness.secrets?.length === 0) {
    return "the store has no secrets ('secrets: []')";
  }
  if (need === "noWire") {
    return wire === "none"
      ? undefined
      : "the harness does not say that the store has no network ('wire')";
  }
  if (need !== "tcp" && !ABOUT_HTTP.includes(need)) return undefined;
  if (wire === "none") return "the store has no network ('wire: \"none\"')";
  if (need === "tcp") {
    return wire === "http"
      ? "the service speaks HTTP, and other cases are about that"
      : undefined;
  }
  return wire === "tcp" ? "the service does not speak HTTP" : undefined;
}
