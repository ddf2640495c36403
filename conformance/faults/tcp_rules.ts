import type { InjectedFaults } from "./fault.ts";
import type { TcpAction, TcpRule } from "./tcp_fault.ts";

/** A rule in force, as a turn finds it. */
export interface ActiveTcpRule {
  /** The fault. */
  readonly action: TcpAction;
  /** Resolves when the rule is no longer in force. */
  readonly stopped: Promise<void>;
  /** Counts that it has fired. */
  fire(): void;
}

interface Entry extends ActiveTcpRule {
  readonly rule: TcpRule;
  seen: number;
  fired: number;
}

/** The rules of one TCP proxy: which are in force, and how often each has fired. */
export class TcpRules {
  readonly #all: Entry[] = [];
  #inForce: Entry[] = [];
  readonly #stops = new Set<() => void>();

  /**
   * Puts rules in force, after those that are.
   *
   * @throws {TypeError} If a number of a rule is none.
   */
  inject(rules: readonly TcpRule[]): InjectedFaults {
    rules.forEach(checkRule);
    const reached = Promise.withResolvers<void>();
    const stopped = Promise.withResolvers<void>();
    const added = rules.map((rule): Entry => ({
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
      this.#inForce = this.#inForce.filter((entry) => !added.includes(entry));
      this.#stops.delete(stop);
      stopped.resolve();
    };
    this.#stops.add(stop);
    return {
      get fired() {
        return added.map(({ fired }) => fired);
      },
      get total() {
        return added.reduce((sum, { fired }) => sum + fired, 0);
      },
      reached: reached.promise,
      stop: () => Promise.resolve(stop()),
      [Symbol.asyncDispose]: () => Promise.resolve(stop()),
    };
  }

  /** The rule that the next turn is for. */
  find(): ActiveTcpRule | undefined {
    return this.#inForce.find((entry) => {
      const { nth = 1, count = Infinity } = entry.rule;
      const number = ++entry.seen;
      return number >= nth && number < nth + count;
    });
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
        `${JSON.stringify(rule)} (${seen} turns have been seen)`
      );
  }
}

function checkRule({ nth = 1, count = Infinity, action }: TcpRule): void {
  const numbers: Record<string, number> = { nth };
  if (count !== Infinity) numbers.count = count;
  for (const [key, value] of Object.entries(numbers)) {
    if (!Number.isSafeInteger(value) || value < 1) throw refuse(key, value);
  }
  const { kind: _, ...rest } = action;
  const { at, ...others } = rest as { at?: { afterBytes: number } };
  const sizes = { ...others, ...(at && { afterBytes: at.afterBytes }) };
  for (const [key, value] of Object.entries(sizes)) {
    if (!Number.isSafeInteger(value) || Number(value) < 0) {
      throw refuse(key, value);
    }
  }
}

function refuse(key: string, value: unknown): TypeError {
  return new TypeError(
    `Cannot inject fault as '${key}' must be a whole number: current value is ${value}`,
  );
}
