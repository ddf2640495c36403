import { askUri } from "../../checks/ask_uri.ts";
import type { Case } from "../../model/case.ts";
import {
  isStoreError,
  isTransientError,
  NAME_OF_CODE,
} from "../../checks/error_chain.ts";
import {
  checkCode,
  errorChain,
  expect,
  expectCode,
  expectEqual,
  settle,
} from "../../checks/expect.ts";
import { checkAtOnce } from "./at_once.ts";
import { checkInvalidNames, checkLocalErrors } from "./errors.ts";
import { checkOrder } from "./order.ts";
import { CLAUSE_OF, expectNoStops, provoke } from "./provoke.ts";
import { provokeOnWire } from "./provoke_on_wire.ts";
import { errRunCases } from "./run.ts";
import { errServiceCases } from "./service.ts";
import { inOrder } from "../shared/in_order.ts";

const errOwnCases: readonly Case[] = [
  {
    id: "ERR-1",
    clauses: [22, 7, 11],
    level: "must",
    title: "errors have brand, code and name, the same from every method",
    explain:
      "Callers test brand and `code`, across copies of the package: take the package's classes, or make your own carry both, and the name that goes with the code. Recommended besides, and true of the package's own classes: in Deno a missing object is a Deno.errors.NotFound, too, and an existing file a Deno.errors.AlreadyExists.",
    async run(ctx) {
      const { provoked, stops } = await provoke(ctx);
      for (const { error, code, what } of provoked) {
        checkCode(ctx, error, code, what, { clause: CLAUSE_OF[code] ?? 22 });
        expectEqual(
          ctx,
          (error as Error).name,
          NAME_OF_CODE[code],
          `the name of the error of ${what}`,
          {
            clause: 22,
            evidence: [errorChain(error)],
          },
        );
      }
      expectNoStops(ctx, stops);
    },
  },
  {
    id: "ERR-2",
    clauses: [22],
    level: "must",
    title: "errors tell the object's name and URI, in fields and message",
    explain:
      "`objectName` is what the caller passed and `uri` what getUri says; the message holds the URI, so that a line in a log is enough to find the object. A name that is not valid has no URI, and is told all the same. Of many that fail at once each tells of its own object: look for a current operation that the store remembers.",
    timeoutMs: 60_000,
    async run(ctx) {
      // What these may wrongly be besides is for other cases.
      const onWire = (await provokeOnWire(ctx))
        .filter(({ error }) => isStoreError(error));
      const { provoked, stops } = await provoke(ctx);
      const failures = [...provoked, ...onWire];
      for (const { error, name, what, store, code } of failures) {
        const options = { clause: 22, evidence: [errorChain(error)] };
        const { objectName, uri, message } = error as Error & {
          objectName?: unknown;
          uri?: unknown;
        };
        const right = await askUri(ctx, store, name);
        expectEqual(ctx, objectName, name, `objectName in ${what}`, options);
        expectEqual(ctx, uri, right, `uri in ${what}`, options);
        // What is wrong with a closed store is not about the object.
        if (code === "CLOSED") continue;
        expect(ctx, message.includes(right), {
          expected: `the message of ${what} names ${right}`,
          observed: JSON.stringify(message),
          ...options,
        });
      }
      await checkAtOnce(ctx);
      for (const name of ["", "a\0b"]) {
        const what = `getObjectSize(${JSON.stringify(name)})`;
        const asked = ctx.store.getObjectSize(name);
        const error = await expectCode(ctx, asked, "INVALID_OBJECT_NAME", what);
        const { objectName } = error as { objectName?: unknown };
        expectEqual(ctx, objectName, name, `objectName of ${what}`, {
          clause: 22,
          evidence: [errorChain(error)],
        });
      }
      expectNoStops(ctx, stops);
    },
  },
  {
    id: "ERR-4",
    clauses: [25],
    level: "must",
    title: "what a second attempt cannot mend is not transient",
    explain:
      "A missing object, an existing file, an invalid name, a closed store, an abort and a local error stay what they are: a caller who retries them waits for nothing.",
    async run(ctx) {
      const { provoked, stops } = await provoke(ctx);
      const signal = AbortSignal.abort(new Error("the caller's own reason"));
      const given = ctx.name("given");
      await ctx.given(given, ctx.bytes(100));
      const calls: [string, number, Promise<unknown>][] = [
        [
          "an aborted getObjectSize",
          21,
          ctx.store.getObjectSize(given, { signal }),
        ],
        ["an aborted upload", 21, ctx.upload(given, ctx.bytes(1), { signal })],
        [
          "an aborted download",
          21,
          ctx.download(given, ctx.at("aborted"), { signal }),
        ],
        ["getObjectSize with an empty name", 1, ctx.store.getObjectSize("")],
      ];
      const failures: { what: string; error: unknown }[] = [...provoked];
      for (const [what, clause, promise] of calls) {
        const outcome = await ctx.within(20_000, settle(promise), what);
        if (outcome.status === "rejected") {
          failures.push({ what, error: outcome.reason });
        } else stops.push(`${what} fulfilled (clause ${clause})`);
      }
      for (const { error, what } of failures) {
        expect(ctx, !isTransientError(error), {
          expected: `the error of ${what} is not transient`,
          observed: "it is",
          evidence: [errorChain(error)],
        });
      }
      expectNoStops(ctx, stops);
    },
  },
  {
    id: "ERR-7",
    clauses: [1, 17],
    level: "must",
    title: "an invalid name is the same error from all four methods, at once",
    explain:
      "One check, at the beginning of every method, getUri included; what is not a string is a TypeError. The local files of the call are not looked at first.",
    run: checkInvalidNames,
  },
  {
    id: "ERR-8",
    clauses: [23, 25],
    level: "must",
    title: "local file errors are neither the store's nor transient",
    explain:
      "A missing source is the file system's error as it is. Blame is decided where it arises: a translation around the whole operation takes a local ENOENT for the service's 404.",
    run: checkLocalErrors,
  },
  {
    id: "ERR-13",
    clauses: [17],
    level: "must",
    title: "checks come in order: arguments, closed, signal, local, the store",
    explain:
      "With two things wrong at once the first of clause 17 is told, so that a caller sees the same error from every store. Each neighbouring pair is tried.",
    run: checkOrder,
  },
];

/** Errors: what they are, what they say, and in which order. */
export const errCases: readonly Case[] = inOrder(
  errOwnCases,
  errServiceCases,
  errRunCases,
);
