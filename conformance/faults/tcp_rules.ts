import type { Span } from "../checks/spans.ts";
import { type ActiveRule, ActiveRules } from "./active_rules.ts";
import type { InjectedFaults } from "./fault.ts";
import type { TcpAction, TcpRule } from "./tcp_fault.ts";

/** The rules of one TCP proxy. */
export class TcpRules {
  readonly #rules = new ActiveRules<TcpRule>();

  /**
   * Puts rules in force, after those that are.
   *
   * @throws {TypeError} If a number of a rule is none.
   */
  inject(rules: readonly TcpRule[]): InjectedFaults {
    rules.forEach(checkRule);
    return this.#rules.add(rules);
  }

  /** The rule that the next turn is for. */
  find(): ActiveRule<TcpAction> | undefined {
    return this.#rules.find((rule) => rule);
  }

  /** True once there has been any. */
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
