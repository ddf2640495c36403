import type { ExchangeRecord, Totals } from "./exchange.ts";
import type { Meter } from "./fault.ts";

/** Begins to measure what passes a proxy from now on. */
export function startMeter(
  { records, totals }: {
    records: readonly ExchangeRecord[];
    totals: Totals;
  },
): Meter {
  const first = records.length;
  const before = { ...totals };
  return {
    get exchanges() {
      return records.slice(first);
    },
    get requestBytes() {
      return totals.requestBytes - before.requestBytes;
    },
    get responseBytes() {
      return totals.responseBytes - before.responseBytes;
    },
    get connections() {
      return totals.connections - before.connections;
    },
  };
}
