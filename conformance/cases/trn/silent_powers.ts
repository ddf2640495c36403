import type { Case, CaseContext } from "../../model/case.ts";
import { checkCode, expect } from "../../checks/expect.ts";
import { deleteObject, listAll, readObject } from "../shared/powers.ts";
import { SILENT } from "../shared/abort_silent.ts";
import {
  runWithFaults,
  stallPatience,
  wireEvidence,
} from "../shared/wire_outcomes.ts";

/** An operation of clauses 31 to 36 that asks a service. */
interface Asking {
  /** In words. */
  readonly what: string;
  /** Begins it. */
  start(): Promise<unknown>;
}

/** The optional powers while nobody answers: a part of group TRN. */
export const trnSilentPowerCases: readonly Case[] = [{
  id: "TRN-31",
  clauses: [27, 25],
  level: "must",
  needs: ["upstream"],
  timeoutMs: 600_000,
  title: "a listing, a delete and a read that nobody answers are transient",
  explain:
    "The service takes the requests and says nothing: each ends by a timeout of the store, as TRANSIENT, as the transfers do (TRN-2). What was to be deleted is still there, as the request has not come to the service. Look for a client, a command or a way of its own that has no timeout.",
  async run(ctx) {
    const name = ctx.name("kept");
    const bytes = ctx.bytes(1_013);
    await ctx.given(name, bytes);
    const all = operationsOn(ctx, name);
    if (all.length === 0) {
      throw ctx.skip("the store neither lists, deletes nor reads");
    }
    const ms = stallPatience(ctx);
    const what = "while the server answers nothing";
    const outcomes = await runWithFaults(ctx, SILENT, all, { what, ms });
    for (const [index, outcome] of outcomes.entries()) {
      const whole = `${all[index]?.what} ${what}`;
      const evidence = [wireEvidence(ctx)];
      expect(ctx, outcome.status === "rejected", {
        expected: `${whole} rejects as transient`,
        observed: "it fulfilled",
        evidence,
      });
      const options = { clause: 25, evidence };
      checkCode(ctx, outcome.reason, "TRANSIENT", whole, options);
    }
    await ctx.expectObject(name, bytes, "nobody has answered a delete");
  },
}];

function operationsOn(ctx: CaseContext, name: string): Asking[] {
  const all: Asking[] = [];
  if (ctx.has("list")) {
    all.push({ what: "a listing", start: () => listAll(ctx.store, "") });
  }
  if (ctx.has("delete")) {
    all.push({ what: "a delete", start: () => deleteObject(ctx, name) });
  }
  if (ctx.has("read")) {
    all.push({ what: "a read", start: () => readToEnd(ctx, name) });
  }
  return all;
}

/** A read may open before its first byte has come: then its stream fails. */
async function readToEnd(ctx: CaseContext, name: string): Promise<void> {
  await (await readObject(ctx, name)).bytes();
}
