import type { Dialect, FaultAction, FaultRule } from "./fault.ts";

/** Throws a `TypeError` unless a rule can be applied. */
export function checkRule(rule: FaultRule, dialect: Dialect | undefined): void {
  const { action, match: { nth, count = 1 } = {} } = rule;
  if (nth !== undefined && (!Number.isSafeInteger(nth) || nth < 1)) {
    throw refuse("nth", "must be a positive integer", nth);
  }
  if (count !== Infinity && (!Number.isSafeInteger(count) || count < 1)) {
    throw refuse("count", "must be a positive integer or Infinity", count);
  }
  switch (action.kind) {
    case "endless":
    case "refuse-upload":
    case "status":
      if (action.kind === "endless") checkCount("ms", action.ms);
      if (action.kind === "refuse-upload") {
        checkCount("afterBytes", action.afterBytes);
        checkCount("pauseMs", action.pauseMs ?? 0);
      }
      if (
        !Number.isInteger(action.status) || action.status < 200 ||
        action.status > 599
      ) {
        throw refuse("status", "must be from 200 to 599", action.status);
      }
      break;
    case "error-in-200":
      if (dialect === undefined) {
        throw new TypeError("Cannot inject 'error-in-200' without a dialect");
      }
      break;
    case "delay":
      checkCount("ms", action.ms);
      break;
    case "slow":
      checkCount("ms", action.ms);
      if (!Number.isSafeInteger(action.pieces) || action.pieces < 1) {
        throw refuse("pieces", "must be a positive integer", action.pieces);
      }
      break;
    case "slow-upload":
      if (!(action.bytesPerSecond > 0)) {
        throw refuse(
          "bytesPerSecond",
          "must be a positive number",
          action.bytesPerSecond,
        );
      }
      break;
    case "reset-upload":
    case "stall-upload":
    case "cut":
      checkCount("afterBytes", action.afterBytes);
      break;
    case "corrupt":
    case "corrupt-upload":
      checkCount("byte", action.byte);
      break;
    case "reset":
    case "stall":
      if (typeof action.at === "object") {
        checkCount("bodyBytes", action.at.bodyBytes);
      }
      break;
    case "add-headers":
    case "lose-answer":
    case "run":
      break;
    default:
      throw refuse(
        "kind",
        "must be one of the actions",
        (action as FaultAction).kind,
      );
  }
}

function checkCount(key: string, value: unknown): void {
  if (typeof value === "function") return;
  if (!Number.isSafeInteger(value) || Number(value) < 0) {
    throw refuse(key, "must be an integer that is not negative", value);
  }
}

function refuse(key: string, must: string, value: unknown): TypeError {
  return new TypeError(
    `Cannot inject fault as '${key}' ${must}: current value is ${value}`,
  );
}
