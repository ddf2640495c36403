import type { Span } from "../checks/spans.ts";
import type { InjectedFaults } from "./fault.ts";
import { FaultTimes } from "./fault_times.ts";

/** Which of the fitting requests or turns a rule is for. */
interface Turns {
  /** The first, from 1. @default {1} */
  readonly nth?: number;
  /** The number of them. @default {Infinity} */
  readonly count?: number;
}

/** A rule in force, with what became of it. */
export interface ActiveRule<Action> {
  /** The change that is made. */
  readonly action: Action;
  /** Resolves when the rule is no longer in force. */
  readonly stopped: Promise<void>;
  /** Counts that it has fired. */
  fire(): void;
}

/** A rule of either proxy. */
interface AnyRule {
  readonly action: unknown;
  readonly optional?: boolean;
}

/** Tells whether a rule does more than let wait, which breaks nothing, however long it takes: the store hears no more of it than of a slow service. */
function breaksSomething({ action }: AnyRule): boolean {
  const { kind } = action as { kind?: unknown };
  return kind !== "run" && kind !== "delay";
}

interface Entry<Rule extends AnyRule> extends ActiveRule<Rule["action"]> {
  readonly rule: Rule;
  /** The number of those that have fitted and that no earlier rule took. */
  seen: number;
  fired: number;
}

/** The rules of one proxy, whatever its protocol: which are in force, and how often each has fired. */
export class ActiveRules<Rule extends AnyRule> {
  readonly #all: Entry<Rule>[] = [];
  #inForce: Entry<Rule>[] = [];
  readonly #stops = new Set<() => void>();
  readonly #times = new FaultTimes();

  /** Puts rules in force, after those that are. */
  add(rules: readonly Rule[]): InjectedFaults {
    const reached = Promise.withResolvers<void>();
    const stopped = Promise.withResolvers<void>();
    const added = rules.map((rule): Entry<Rule> => ({
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
    const endTime = rules.some(breaksSomething)
      ? this.#times.begin()
      : () => {};
    const stop = (): void => {
      endTime();
      this.#inForce = this.#inForce.filter((entry) => !added.includes(entry));
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

  /**
   * Finds the rule that a request or a turn is for.
   *
   * @param turnsOf Gives which of the fitting ones a rule is for; `undefined` if this one does not fit.
   */
  find(
    turnsOf: (rule: Rule) => Turns | undefined,
  ): ActiveRule<Rule["action"]> | undefined {
    return this.#inForce.find((entry) => {
      const turns = turnsOf(entry.rule);
      if (!turns) return false;
      const { nth = 1, count = Infinity } = turns;
      entry.seen++;
      return entry.seen >= nth && entry.seen < nth + count;
    });
  }

  /** True once there has been any. */
  get hasAny(): boolean {
    return this.#all.length > 0;
  }

  /** The times in which one was in force that breaks something. */
  get times(): readonly Span[] {
    return this.#times.spans;
  }

  /** Ends all that are in force. */
  stopAll(): void {
    for (const stop of [...this.#stops]) stop();
  }

  /**
   * Finds the rules that had to fire and have not.
   *
   * @param describe Says one in words, with how many have fitted it.
   */
  findUnfired(describe: (rule: Rule, seen: number) => string): string[] {
    return this.#all
      .filter(({ rule, fired }) => !rule.optional && fired === 0)
      .map(({ rule, seen }) => describe(rule, seen));
  }
}
