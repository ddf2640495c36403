import { inspect } from "node:util";
import type { Case } from "../../model/case.ts";
import { expect } from "../../checks/expect.ts";
import { expectInvalid } from "../../checks/invalid_names.ts";
import { checkErrorsSeen } from "./errors_seen.ts";
import { provoke } from "./provoke.ts";
import { provokeOnWire } from "./provoke_on_wire.ts";
import { checkRejections } from "./rejections.ts";

/** The part of group ERR that looks at every error of the run. */
export const errRunCases: readonly Case[] = [
  {
    id: "ERR-10",
    inProcess: true,
    judgesRun: "rejections",
    clauses: [23],
    level: "must",
    exclusive: true,
    title: "asynchronous methods reject, and nothing rejects unhandled",
    explain:
      "A check before the first `await` of a function that is not `async` throws; a promise that is neither awaited nor caught ends the process. The whole run so far is looked at.",
    run: checkRejections,
  },
  {
    id: "ERR-12",
    clauses: [22],
    level: "must",
    needs: ["secrets"],
    title: "no error holds a secret",
    explain:
      "Errors go to logs. Look at what an SDK puts into its messages and causes: signed URLs, headers, the client's configuration.",
    timeoutMs: 60_000,
    async run(ctx) {
      await provoke(ctx);
      await provokeOnWire(ctx);
      await expectInvalid(ctx, "");
      for (const { error, method } of ctx.errorsSeen) {
        const text = textOf(error);
        const found = ctx.secrets.some((secret) => text.includes(secret));
        expect(ctx, !found, {
          expected: `no error of ${method} holds a secret`,
          observed: `one does: ${(error as Error)?.name}`,
        });
      }
    },
  },
  {
    id: "ERR-14",
    inProcess: true,
    judgesRun: "errors",
    clauses: [22, 23],
    level: "must",
    exclusive: true,
    title: "every error of the run has the name that goes with its code",
    explain:
      "Looks at every error with which any operation of the run has rejected: one with the brand has a pair of the table, and one without has none of its codes.",
    timeoutMs: 60_000,
    async run(ctx) {
      await provokeOnWire(ctx);
      checkErrorsSeen(ctx);
    },
  },
];

/** Collects the texts of an error that must hold no secret: message, stack and all of its causes. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return inspect(error, { depth: 6 });
  const { message, stack = "", cause } = error;
  const options = { depth: 8, maxStringLength: null, maxArrayLength: null };
  return [message, stack, inspect(cause, options)].join("\n");
}
