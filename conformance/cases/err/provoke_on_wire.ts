import { join } from "@std/path/join";
import type { CaseContext } from "../../model/case.ts";
import { settle } from "../../checks/expect.ts";
import type { FaultAction, FaultMatch } from "../../faults/fault.ts";
import { underFaults } from "../shared/wire.ts";
import type { Provoked } from "./provoke.ts";

/** Outcomes of the operations of one fault, by method. */
export interface Outcomes {
  readonly getObjectSize: PromiseSettledResult<unknown>;
  readonly uploadObject: PromiseSettledResult<unknown>;
  readonly downloadObject: PromiseSettledResult<unknown>;
}

/** Runs each operation once, side by side, with the same fault at every request, or at every one that fits. */
export async function runAll(
  ctx: CaseContext,
  action: FaultAction,
  what: string,
  match: FaultMatch = {},
): Promise<{ name: string; outcomes: Outcomes }> {
  const name = ctx.name("faulted");
  await ctx.given(name, ctx.bytes(1_003, what));
  const source = await ctx.source(ctx.bytes(1_201, what));
  const path = join(ctx.root, "no");
  const { outcome } = await underFaults(ctx, [{ match, action }], async () => {
    const [getObjectSize, uploadObject, downloadObject] = await Promise.all([
      settle(ctx.store.getObjectSize(name)),
      settle(ctx.store.uploadObject(name, source)),
      settle(ctx.store.downloadObject(name, path)),
    ]);
    return { getObjectSize, uploadObject, downloadObject };
  }, `operations with ${what}`);
  if (outcome.status === "rejected") throw outcome.reason;
  return { name, outcomes: outcome.value };
}

/** Makes each operation fail by the wire. What has not failed is left out. */
export async function provokeOnWire(ctx: CaseContext): Promise<Provoked[]> {
  if (ctx.wire === undefined) return [];
  const faults: [string, string, FaultAction][] = [
    ["a busy service", "TRANSIENT", { kind: "status", status: 503 }],
    ["no permission", "PERMISSION_DENIED", { kind: "status", status: 403 }],
    ["a lost connection", "TRANSIENT", { kind: "reset", at: "before-head" }],
  ];
  const provoked: Provoked[] = [];
  for (const [what, code, action] of faults) {
    const { name, outcomes } = await runAll(ctx, action, what);
    for (const [method, outcome] of Object.entries(outcomes)) {
      if (outcome.status === "fulfilled") continue;
      const error: unknown = outcome.reason;
      const whole = `${method}() with ${what}`;
      provoked.push({ store: ctx.store, name, what: whole, code, error });
    }
  }
  return provoked;
}
