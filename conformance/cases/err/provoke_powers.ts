import type { CaseContext } from "../../model/case.ts";
import { settle } from "../../checks/expect.ts";
import type { FaultAction } from "../../faults/fault.ts";
import type { ListableObjectStore } from "../../../src/object_store.ts";
import { deleteObject, readObject, writeObject } from "../shared/powers.ts";
import { underFaults } from "../shared/wire.ts";

/** An error of an optional method, or of the stream that it gave. */
export interface PowerError {
  /** The method. */
  readonly method: string;
  /** The reason of its rejection. */
  readonly error: unknown;
}

const FAULTS: readonly (readonly [string, FaultAction])[] = [
  ["a busy service", { kind: "status", status: 503 }],
  ["no permission", { kind: "status", status: 403 }],
  ["a lost connection", { kind: "reset", at: "before-head" }],
  ["bodies that are cut", { kind: "cut", afterBytes: (size) => size >> 1 }],
];

/** Makes each optional method that the store declares fail by the wire. What has not failed is left out. */
export async function provokePowers(ctx: CaseContext): Promise<PowerError[]> {
  if (ctx.wire === undefined) return [];
  const errors: PowerError[] = [];
  for (const [what, action] of FAULTS) {
    const name = ctx.name("power");
    await ctx.given(name, ctx.bytes(3_001, what));
    const calls = callsOf(ctx, name);
    if (calls.length === 0) return [];
    // Not every method asks the service in every store.
    const rules = [{ action, optional: true }];
    const { outcome } = await underFaults(
      ctx,
      rules,
      () => Promise.all(calls.map(([, call]) => settle(call()))),
      `optional methods with ${what}`,
    );
    if (outcome.status === "rejected") throw outcome.reason;
    for (const [index, [method]] of calls.entries()) {
      const ended = outcome.value[index];
      if (ended?.status !== "rejected") continue;
      errors.push({ method, error: ended.reason });
    }
  }
  return errors;
}

function callsOf(
  ctx: CaseContext,
  name: string,
): (readonly [string, () => Promise<unknown>])[] {
  const calls: (readonly [string, () => Promise<unknown>])[] = [];
  if (ctx.has("read")) {
    const read = async () => await (await readObject(ctx, name)).bytes();
    calls.push(["readObject", read]);
  }
  if (ctx.has("write")) {
    const other = ctx.name("power");
    calls.push(["writeObject", () => writeObject(ctx, other, "text")]);
  }
  if (ctx.has("delete")) {
    calls.push(["deleteObject", () => deleteObject(ctx, ctx.name("none"))]);
  }
  if (ctx.has("list")) {
    const store = ctx.store as ListableObjectStore;
    calls.push(["listObjects", () => Array.fromAsync(store.listObjects())]);
  }
  return calls;
}
