import { checkRule } from "./check_rule.ts";
import type {
  Dialect,
  FaultAction,
  FaultMatch,
  FaultRule,
  InjectedFaults,
  WireRequest,
} from "./fault.ts";

/** A rule in force, with what became of it. */
export interface ActiveRule {
  /** The change that is made. */
  readonly action: FaultAction;
  /** Resolves when the rule is no longer in force. */
  readonly stopped: Promise<void>;
  /** Counts that it has fired. */
  fire(): void;
}

interface Rule extends ActiveRule {
  readonly rule: FaultRule;
  /** The number of requests that have fitted and that no earlier rule took. */
  seen: number;
  fired: number;
}

/** The rules of one proxy: which are in force, and how often each has fired. */
export class Rules {
  readonly #dialect: Dialect | undefined;
  readonly #all: Rule[] = [];
  #inForce: Rule[] = [];
  readonly #stops = new Set<() => void>();

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
    const reached = Promise.withResolvers<void>();
    const stopped = Promise.withResolvers<void>();
    const added = rules.map((rule): Rule => ({
      rule,
      action: rule.action,
      seen: 0,
      fired: 0,
      stopped: stopped.promise,
      fire() {
        this.fired++;
        reached.resolve();
      },
    }));
    this.#all.push(...added);
    this.#inForce.push(...added);
    const stop = (): void => {
      this.#inForce = this.#inForce.filter((rule) => !added.includes(rule));
      this.#stops.delete(stop);
      stopped.resolve();
    };
    this.#stops.add(stop);
    const faults: InjectedFaults = {
      get fired() {
        return added.map(({ fired }) => fired);
      },
      get total() {
        return added.reduce((sum, { fired }) => sum + fired, 0);
      },
      reached: reached.promise,
      // deno-lint-ignore require-await -- whoever waits for it need not know that.
      async stop() {
        stop();
      },
      [Symbol.asyncDispose]: () => faults.stop(),
    };
    return faults;
  }

  /** The rule that a request is for. */
  find(request: WireRequest): ActiveRule | undefined {
    return this.#inForce.find((active) => {
      const match = active.rule.match ?? {};
      if (!fits(match, request)) return false;
      const { nth = 1, count = Infinity } = match;
      active.seen++;
      return active.seen >= nth && active.seen < nth + count;
    });
  }

  /** Tells whether there has been any. */
  get hasAny(): boolean {
    return this.#all.length > 0;
  }

  /** Ends all that are in force. */
  stopAll(): void {
    for (const stop of [...this.#stops]) stop();
  }

  /** The rules that had to fire and have not, in words. */
  findUnfired(): string[] {
    return this.#all
      .filter(({ rule, fired }) => !rule.optional && fired === 0)
      .map(({ rule, seen }) =>
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
