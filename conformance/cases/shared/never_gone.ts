import { setImmediate } from "node:timers";
import type { CaseContext } from "../../model/case.ts";
import { isTransientError } from "../../checks/error_chain.ts";
import { errorChain, settle } from "../../checks/expect.ts";
import { succeed } from "./powers.ts";
import type { ObjectStore } from "../../../src/object_store.ts";

/** An object that is replaced while others ask for it. */
export interface Replacement {
  /** The new object's bytes. */
  readonly bytes: Uint8Array;
  /** Replaces the object. */
  replace(name: string): Promise<unknown>;
  /** In words. */
  readonly what: string;
}

/**
 * Has an object replaced, and asks a handle for its size again and again until
 * that is done. Fails the case unless it has been the old one or the new one
 * each time (clause 8), and is the new one then: one that is removed before the
 * new one is stored is gone for a while.
 */
export async function expectNeverGone(
  ctx: CaseContext,
  store: ObjectStore,
  { bytes, replace, what }: Replacement,
): Promise<void> {
  const name = ctx.name("replaced");
  const old = ctx.bytes(2_011, name);
  await ctx.given(name, old);
  const sizes = [old.length, bytes.length];
  const replacing = replace(name);
  let isOver = false;
  const end = settle(replacing).finally(() => isOver = true);
  while (!isOver) {
    const found = await settle(store.getObjectSize(name));
    if (found.status === "rejected" && !isTransientError(found.reason)) {
      throw ctx.fail({
        expected: `while ${what}, there is the old object or the new one`,
        observed: "there is none for a moment",
        clause: 8,
        evidence: [errorChain(found.reason)],
      });
    }
    if (found.status === "fulfilled" && !sizes.includes(found.value)) {
      throw ctx.fail({
        expected: `while ${what}, its size is that of the old one or the new`,
        observed: `it is ${found.value}`,
        clause: 8,
      });
    }
    // Who answers at once would keep the other from going on.
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  await end;
  await succeed(ctx, replacing, "what replaces the object");
  await ctx.expectObject(name, bytes, what);
}
