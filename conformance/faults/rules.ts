import type { Span } from "../checks/spans.ts";
import { type ActiveRule, ActiveRules } from "./active_rules.ts";
import { checkRule } from "./check_rule.ts";
import type {
  Dialect,
  FaultAction,
  FaultMatch,
  FaultRule,
  InjectedFaults,
  WireRequest,
} from "./fault.ts";

/** The rules of one proxy for HTTP. */
export class Rules {
  readonly #dialect: Dialect | undefined;
  readonly #rules = new ActiveRules<FaultRule>();

  /** @param dialect Says errors as the service does. */
  constructor(dialect: Dialect | undefined) {
    this.#dialect = dialect;
  }

  /**
   * Puts rules in force, after those that are.
   *
   * @throws {TypeError} If a rule cannot be applied.
   */
  inject(rules: readonly FaultRule[]): InjectedFaults {
    for (const rule of rules) checkRule(rule, this.#dialect);
    return this.#rules.add(rules);
  }

  /** The rule that a request is for. */
  find(request: WireRequest): ActiveRule<FaultAction> | undefined {
    return this.#rules.find(({ match = {} }) =>
      fits(match, request) ? match : undefined
    );
  }

  /** Tells whether there has been any. */
  get hasAny(): boolean {
    return this.#rules.hasAny;
  }

  /** The times in which one was in force that breaks something. */
  get times(): readonly Span[] {
    return this.#rules.times;
  }

  /** Ends all that are in force. */
  stopAll(): void {
    this.#rules.stopAll();
  }

  /** The rules that had to fire and have not, in words. */
  findUnfired(): string[] {
    return this.#rules.findUnfired((rule, seen) =>
      `${describeRule(rule)} (${seen} requests have fitted)`
    );
  }
}

/** A rule in words. */
export function describeRule({ match = {}, action }: FaultRule): string {
  const { method, path, query, where, nth, count } = match;
  const conditions = [
    method === undefined ? "" : [method].flat().join("|"),
    path === undefined ? "" : `path ${path}`,
    query === undefined ? "" : `query ${query}`,
    where === undefined ? "" : `where ${where}`.replace(/\s+/g, " "),
    nth === undefined ? "" : `nth ${nth}`,
    count === undefined ? "" : `count ${count}`,
  ].filter((condition) => condition !== "");
  return `${describeAction(action)} for ${
    conditions.length === 0 ? "every request" : conditions.join(", ")
  }`;
}

function describeAction({ kind, ...rest }: FaultAction): string {
  const details = Object.entries(rest)
    .filter(([key]) => key !== "body" && key !== "headers")
    .map(([key, value]) =>
      `${key} ${
        typeof value === "function"
          ? "by a function"
          : typeof value === "object"
          ? JSON.stringify(value)
          : value
      }`
    );
  return details.length === 0 ? kind : `${kind} (${details.join(", ")})`;
}

function fits(match: FaultMatch, request: WireRequest): boolean {
  const { method, path, query, where } = match;
  if (method !== undefined && ![method].flat().includes(request.method)) {
    return false;
  }
  if (
    typeof path === "string"
      ? path !== request.path
      : !finds(path, request.path)
  ) {
    return false;
  }
  if (typeof query === "string") {
    if (!request.query.has(query)) return false;
  } else if (!finds(query, request.target.slice(request.path.length + 1))) {
    return false;
  }
  return where === undefined || where(request);
}

/** A pattern with flag `g` would remember where it was. */
function finds(pattern: RegExp | undefined, text: string): boolean {
  return pattern === undefined || text.search(pattern) !== -1;
}
