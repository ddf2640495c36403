import { inspect } from "node:util";
import type { Case } from "../../model/case.ts";
import { CaseStop } from "../../model/case_stop.ts";
import { expect, settle } from "../../checks/expect.ts";
import { holdsSecret } from "../../checks/holds_secret.ts";
import { expectInvalid } from "../../checks/invalid_names.ts";
import { checkErrorsSeen } from "./errors_seen.ts";
import { expectNoStops, provoke } from "./provoke.ts";
import { provokeOnWire } from "./provoke_on_wire.ts";
import { type PowerError, provokePowers } from "./provoke_powers.ts";
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
      "Errors go to logs, those of listings and of streams, too. Look at what an SDK puts into its messages and causes: signed URLs, headers, the client's configuration. A secret is one in Base64, too, as in an `Authorization: Basic` header.",
    timeoutMs: 180_000,
    async run(ctx) {
      // Where one of these goes wrong, as where an upload fails that prepares it, other cases say so.
      const stops = [];
      const errors: PowerError[] = [];
      for (
        const making of [
          () => provoke(ctx),
          () => provokeOnWire(ctx),
          () => expectInvalid(ctx, ""),
          async () => void errors.push(...await provokePowers(ctx)),
        ]
      ) {
        const outcome = await settle<unknown>(making());
        if (outcome.status === "rejected") stops.push(stopOf(outcome.reason));
      }
      // Of a listing and of a stream nobody else has seen them.
      for (const { error, method } of [...ctx.errorsSeen, ...errors]) {
        const text = textOf(error);
        const found = ctx.secrets.some((secret) => holdsSecret(text, secret));
        expect(ctx, !found, {
          expected: `no error of ${method} holds a secret`,
          observed: `one does: ${(error as Error)?.name}`,
        });
      }
      expectNoStops(ctx, stops);
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
      // What stops it is for other cases: the errors of the whole run are here to be looked at.
      await settle(provokeOnWire(ctx));
      checkErrorsSeen(ctx);
    },
  },
];

/** Describes what has ended a part of the case early; rethrows what says nothing about the store. */
function stopOf(error: unknown): string {
  if (error instanceof CaseStop && error.failure === undefined) throw error;
  return error instanceof Error ? error.message : String(error);
}

/** Collects the texts of an error that must hold no secret: message, stack and all of its causes. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return inspect(error, { depth: 6 });
  const { message, stack = "", cause } = error;
  const options = { depth: 8, maxStringLength: null, maxArrayLength: null };
  return [message, stack, inspect(cause, options)].join("\n");
}
