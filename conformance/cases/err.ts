import { inspect } from "node:util";
import { join } from "node:path";
import * as fs from "node:fs/promises";
import type { Case, CaseContext } from "../case.ts";
import {
  describeError,
  isStoreError,
  isTransientError,
  NAME_OF_CODE,
} from "../error_chain.ts";
import {
  checkCode,
  errorChain,
  expect,
  expectCode,
  expectEqual,
  expectLocalError,
  expectReason,
  expectRejection,
  settle,
} from "../expect.ts";
import type { ObjectStore } from "../../src/object_store.ts";
import { callAll, expectInvalid, expectNotString } from "../invalid_names.ts";
import { drainEventLoop } from "../ticks.ts";

/** Errors: what they are, what they say, and in which order. */
export const errCases: readonly Case[] = [
  {
    id: "ERR-1",
    clauses: [22, 7, 11],
    level: "must",
    title: "errors have brand, code and name, the same from every method",
    explain:
      "Callers test `code` across copies of the package, and Deno users `instanceof Deno.errors.NotFound`: take the package's classes, or make your own carry all of it.",
    async run(ctx) {
      for (const { error, code, what } of await provoke(ctx)) {
        checkCode(ctx, error, code, what, { clause: 22 });
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
        checkDenoClass(ctx, error, code, what);
      }
    },
  },
  {
    id: "ERR-2",
    clauses: [22],
    level: "must",
    title: "errors tell the object's name and URI, in fields and message",
    explain:
      "`objectName` is what the caller passed and `uri` what getUri says; the message holds one of them, so that a line in a log is enough to find the object.",
    async run(ctx) {
      for (const { error, name, what, store } of await provoke(ctx)) {
        const options = { clause: 22, evidence: [errorChain(error)] };
        const { objectName, uri, message } = error as Error & {
          objectName?: unknown;
          uri?: unknown;
        };
        const right = store.getUri(name);
        expectEqual(ctx, objectName, name, `objectName in ${what}`, options);
        expectEqual(ctx, uri, right, `uri in ${what}`, options);
        expect(ctx, message.includes(right) || message.includes(name), {
          expected: `the message of ${what} names ${right}`,
          observed: JSON.stringify(message),
          ...options,
        });
      }
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
      const failures = await provoke(ctx);
      const signal = AbortSignal.abort(new Error("the caller's own reason"));
      const given = ctx.name("given");
      await ctx.given(given, ctx.bytes(100));
      const calls: [string, Promise<unknown>][] = [
        [
          "an aborted getObjectSize",
          ctx.store.getObjectSize(given, { signal }),
        ],
        ["an aborted upload", ctx.upload(given, ctx.bytes(1), { signal })],
        [
          "an aborted download",
          ctx.download(given, join(ctx.root, "no"), { signal }),
        ],
        ["getObjectSize with an empty name", ctx.store.getObjectSize("")],
      ];
      const others = calls.map(async ([what, promise]) => ({
        what,
        error: await expectRejection(ctx, promise, what),
      }));
      for (
        const { error, what } of [...failures, ...await Promise.all(others)]
      ) {
        expect(ctx, !isTransientError(error), {
          expected: `the error of ${what} is not transient`,
          observed: "it is",
          evidence: [errorChain(error)],
        });
      }
    },
  },
  {
    id: "ERR-5",
    clauses: [24],
    level: "must",
    capabilities: ["authz"],
    needs: ["openForbidden"],
    title: "what the service forbids is PERMISSION_DENIED, from every method",
    explain:
      "Permission denied is neither 'not found' nor transient, and a HEAD without a body is a 403 as well as a GET with one.",
    async run(ctx) {
      const store = await ctx.openSpecial("openForbidden");
      const name = ctx.name();
      const bytes = ctx.bytes(100);
      const code = "PERMISSION_DENIED";
      await expectCode(ctx, store.getObjectSize(name), code, "getObjectSize");
      const upload = ctx.upload(name, bytes, undefined, store);
      await expectCode(ctx, upload, code, "the upload");
      const path = join(ctx.root, "forbidden");
      const download = ctx.download(name, path, undefined, store);
      await expectCode(ctx, download, code, "the download");
    },
  },
  {
    id: "ERR-6",
    clauses: [24],
    level: "must",
    capabilities: ["bucket"],
    needs: ["openMissingBucket"],
    title: "a missing bucket is not a missing object",
    explain:
      "BUCKET_NOT_FOUND from upload and download, whose answers tell; getObjectSize may need one more request after its 404, and only where that is forbidden is it OBJECT_NOT_FOUND.",
    run: checkMissingBucket,
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
    id: "ERR-10",
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
    async run(ctx) {
      await provoke(ctx);
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
    id: "ERR-13",
    clauses: [17],
    level: "must",
    title: "checks come in order: arguments, closed, signal, local, the store",
    explain:
      "With two things wrong at once the first of clause 17 is told, so that a caller sees the same error from every store. Each neighbouring pair is tried.",
    run: checkOrder,
  },
  {
    id: "ERR-14",
    clauses: [22, 23],
    level: "must",
    exclusive: true,
    title: "every error of the run has the name that goes with its code",
    explain:
      "Looks at every error with which any operation of the run has rejected: one with the brand has a pair of the table, and one without has none of its codes.",
    // deno-lint-ignore require-await -- what it throws has to be a rejection.
    run: async (ctx) => checkErrorsSeen(ctx),
  },
];

const BRAND: unique symbol = Symbol.for("@storekit/object-store/error");

/** A failure that is made on purpose. */
interface Provoked {
  readonly store: ObjectStore;
  readonly name: string;
  readonly what: string;
  readonly code: string;
  readonly error: unknown;
}

/** Makes the store fail in each way that needs no help of the service. */
async function provoke(ctx: CaseContext): Promise<Provoked[]> {
  const given = ctx.name("given");
  const missing = ctx.name("missing");
  await ctx.given(given, ctx.bytes(100));
  const occupied = await occupy(ctx);
  const no = join(ctx.root, "no");
  const closed = await ctx.open({ segment: "closed" });
  await closed.close();
  const { store } = ctx;
  const calls: [string, string, string, ObjectStore, () => Promise<unknown>][] =
    [
      [
        "getObjectSize of a missing object",
        "OBJECT_NOT_FOUND",
        missing,
        store,
        () => store.getObjectSize(missing),
      ],
      [
        "the download of a missing object",
        "OBJECT_NOT_FOUND",
        missing,
        store,
        () => ctx.download(missing, no),
      ],
      [
        "the download to an existing file",
        "FILE_EXISTS",
        given,
        store,
        () => ctx.download(given, occupied),
      ],
      [
        "getObjectSize after close()",
        "CLOSED",
        given,
        closed,
        () => closed.getObjectSize(given),
      ],
      [
        "an upload after close()",
        "CLOSED",
        given,
        closed,
        () => ctx.upload(given, ctx.bytes(1), undefined, closed),
      ],
      [
        "a download after close()",
        "CLOSED",
        given,
        closed,
        () => ctx.download(given, no, undefined, closed),
      ],
    ];
  const provoked: Provoked[] = [];
  for (const [what, code, name, store, call] of calls) {
    const error = await expectRejection(ctx, call(), what);
    provoked.push({ store, name, what, code, error });
  }
  return provoked;
}

/** A file in the root that a download must not replace. */
async function occupy(ctx: CaseContext): Promise<string> {
  const path = ctx.at("occupied");
  await fs.writeFile(path, "mine");
  return path;
}

function checkDenoClass(
  ctx: CaseContext,
  error: unknown,
  code: string,
  what: string,
): void {
  const errors = (globalThis as unknown as {
    Deno?: { errors?: Record<string, ErrorConstructor> };
  }).Deno?.errors;
  const name = new Map([
    ["OBJECT_NOT_FOUND", "NotFound"],
    ["FILE_EXISTS", "AlreadyExists"],
  ]).get(code);
  const base = name === undefined ? undefined : errors?.[name];
  if (base === undefined) return;
  expect(ctx, error instanceof base, {
    expected: `in Deno the error of ${what} is a Deno.errors.${name}, too`,
    observed: "it is not",
    clause: 22,
    evidence: [errorChain(error)],
  });
}

async function checkMissingBucket(ctx: CaseContext): Promise<void> {
  const store = await ctx.openSpecial("openMissingBucket");
  const name = ctx.name();
  const code = "BUCKET_NOT_FOUND";
  const upload = ctx.upload(name, ctx.bytes(100), undefined, store);
  await expectCode(ctx, upload, code, "an upload to a missing bucket");
  const path = join(ctx.root, "no");
  const download = ctx.download(name, path, undefined, store);
  await expectCode(ctx, download, code, "a download from a missing bucket");
  const error = await expectCode(
    ctx,
    store.getObjectSize(name),
    [code, "OBJECT_NOT_FOUND"],
    "getObjectSize in a missing bucket",
  );
  if ((error as { code?: unknown }).code === code) return;
  throw ctx.unverified(
    "getObjectSize says OBJECT_NOT_FOUND, which is right only where the service forbids to ask for the bucket",
  );
}

async function checkInvalidNames(ctx: CaseContext): Promise<void> {
  const names = ["", "a\0b", "\udfff", "n".repeat(1025)];
  for (const name of names) await expectInvalid(ctx, name);
  for (const value of [null, 3, {}]) await expectNotString(ctx, value);

  const occupied = await occupy(ctx);
  const noSource = join(ctx.scratch, "not-there");
  for (const name of names) {
    for (const [method, call] of callAll(ctx.store, name, noSource, occupied)) {
      const what = `${method}() with an invalid name and a wrong local file`;
      const clause = 17;
      await expectCode(ctx, call(), "INVALID_OBJECT_NAME", what, { clause });
    }
  }
}

async function checkLocalErrors(ctx: CaseContext): Promise<void> {
  const name = ctx.name();
  const bytes = ctx.bytes(1000);
  await ctx.given(name, bytes);
  const file = await occupy(ctx);
  const loop = join(ctx.scratch, "loop");
  await fs.symlink(loop, loop);
  const sources = [
    join(ctx.scratch, "not-there"),
    join(ctx.scratch, "not", "there"),
    join(file, "below-a-file"),
    loop,
    ctx.scratch,
  ];
  for (const source of sources) {
    for (const target of [name, ctx.name()]) {
      const upload = ctx.store.uploadObject(target, source);
      await expectLocalError(ctx, upload, `an upload from ${source}`);
    }
  }
  for (const overwrite of [false, true]) {
    const path = join(file, "below-a-file");
    const download = ctx.download(name, path, { overwrite });
    await expectLocalError(ctx, download, `a download to ${path}`);
  }
  await ctx.expectObject(name, bytes, "the object, after uploads that failed");
}

async function checkRejections(ctx: CaseContext): Promise<void> {
  const { store } = ctx;
  const name = ctx.name("given");
  const missing = ctx.name("missing");
  await ctx.given(name, ctx.bytes(100));
  const source = await ctx.source(ctx.bytes(10));
  const no = join(ctx.root, "no");
  const signal = AbortSignal.abort(new Error("the caller's own reason"));
  const closed = await ctx.open({ segment: "closed" });
  await closed.close();
  const wrong = 7 as unknown as string;
  const calls: [string, () => Promise<unknown>][] = [
    ...["", wrong].flatMap((bad): [string, () => Promise<unknown>][] => [
      ["getObjectSize() with a bad name", () => store.getObjectSize(bad)],
      ["uploadObject() with a bad name", () => store.uploadObject(bad, source)],
      ["downloadObject() with a bad name", () => store.downloadObject(bad, no)],
      ["uploadObject() from a bad path", () => store.uploadObject(name, bad)],
      ["downloadObject() to a bad path", () => store.downloadObject(name, bad)],
    ]),
    ["getObjectSize() of no object", () => store.getObjectSize(missing)],
    ["downloadObject() of no object", () => store.downloadObject(missing, no)],
    ["uploadObject() of no file", () => store.uploadObject(name, no)],
    ["getObjectSize(), aborted", () => store.getObjectSize(name, { signal })],
    [
      "uploadObject(), aborted",
      () => store.uploadObject(name, source, { signal }),
    ],
    [
      "downloadObject(), aborted",
      () => store.downloadObject(name, no, { signal }),
    ],
    ["getObjectSize(), closed", () => closed.getObjectSize(name)],
    ["uploadObject(), closed", () => closed.uploadObject(name, source)],
    ["downloadObject(), closed", () => closed.downloadObject(name, no)],
  ];
  for (const [what, call] of calls) {
    let promise: Promise<unknown>;
    try {
      promise = call();
    } catch (error) {
      throw ctx.fail({
        expected: `${what} returns a promise, which rejects`,
        observed: "it threw",
        evidence: [errorChain(error)],
      });
    }
    await ctx.within(20_000, settle(Promise.resolve(promise)), what);
  }
  await drainEventLoop();
  expect(ctx, ctx.unhandled.length === 0, {
    expected: "no rejection of the whole run was left unhandled",
    observed: `${ctx.unhandled.length} were`,
    hint: "a promise inside the store is neither awaited nor caught",
    evidence: ctx.unhandled.map(({ error, during }) => ({
      title: `unhandled during ${during.join(", ")}`,
      lines: describeError(error),
    })),
  });
}

/** What of an error must hold no secret: message, stack and all of its causes. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return inspect(error, { depth: 6 });
  const { message, stack = "", cause } = error;
  const options = { depth: 8, maxStringLength: null, maxArrayLength: null };
  return [message, stack, inspect(cause, options)].join("\n");
}

async function checkOrder(ctx: CaseContext): Promise<void> {
  const { store } = ctx;
  const name = ctx.name("given");
  const missing = ctx.name("missing");
  await ctx.given(name, ctx.bytes(100));
  const occupied = await occupy(ctx);
  const source = await ctx.source(ctx.bytes(10));
  const noSource = join(ctx.scratch, "not-there");
  const no = join(ctx.root, "no");
  const reason = new Error("the caller's own reason");
  const signal = AbortSignal.abort(reason);
  const closed = await ctx.open({ segment: "closed" });
  await closed.close();

  // Arguments, then closed.
  for (const [method, call] of callAll(closed, "", source, no)) {
    const what = `${method}("") on a closed store`;
    await expectCode(ctx, call(), "INVALID_OBJECT_NAME", what);
  }
  for (const filename of ["", "a\0b", new URL("https://example.com/a")]) {
    for (
      const [method, promise] of [
        ["uploadObject", closed.uploadObject(name, filename)],
        ["downloadObject", closed.downloadObject(name, filename)],
      ] as const
    ) {
      const what = `${method}() with an unusable filename on a closed store`;
      const error = await expectRejection(ctx, promise, what);
      expect(ctx, error instanceof TypeError, {
        expected: `${what} rejects with a TypeError`,
        observed: "it rejected with another error",
        evidence: [errorChain(error)],
      });
    }
  }
  // Closed, then the signal.
  for (
    const [what, promise] of [
      ["getObjectSize()", closed.getObjectSize(name, { signal })],
      ["uploadObject()", closed.uploadObject(name, source, { signal })],
      ["downloadObject()", closed.downloadObject(name, no, { signal })],
    ] as const
  ) {
    await expectCode(ctx, promise, "CLOSED", `${what}, closed and aborted,`);
  }
  // The signal, then the local side; for getObjectSize, which has none, the store.
  for (
    const [what, promise] of [
      ["an upload of no file", store.uploadObject(name, noSource, { signal })],
      [
        "a download to an existing file",
        store.downloadObject(name, occupied, { signal }),
      ],
      ["getObjectSize of no object", store.getObjectSize(missing, { signal })],
    ] as const
  ) {
    await expectReason(ctx, promise, reason, `${what}, aborted,`);
  }
  await checkLocalBeforeStore(ctx, missing, occupied, noSource);
}

async function checkLocalBeforeStore(
  ctx: CaseContext,
  missing: string,
  occupied: string,
  noSource: string,
): Promise<void> {
  const directory = ctx.at("directory");
  await fs.mkdir(directory);
  await fs.writeFile(ctx.at("directory", missing), "mine");
  for (const path of [occupied, directory]) {
    const what = `the download of a missing object to the existing ${path}`;
    await expectCode(ctx, ctx.download(missing, path), "FILE_EXISTS", what);
  }
  const dots = `${missing}/..`;
  if (ctx.expectName(dots) === "keeps") {
    const what = "the download of a missing object named .. into a directory";
    const download = ctx.download(dots, directory);
    await expectCode(ctx, download, "INVALID_OBJECT_NAME", what);
  }
  for (
    const [capability, member] of [
      ["bucket", "openMissingBucket"],
      ["authz", "openForbidden"],
    ] as const
  ) {
    if (!ctx.has(capability)) continue;
    const outcome = await settle(ctx.openSpecial(member));
    if (outcome.status === "rejected") continue;
    const upload = outcome.value.uploadObject(missing, noSource);
    const what = "an upload of no file to a store that cannot take it";
    await expectLocalError(ctx, upload, what, { clause: 17 });
  }
}

function checkErrorsSeen(ctx: CaseContext): void {
  let seen = 0;
  for (const { id, method, error } of ctx.errorsSeen) {
    if (!(error instanceof Error)) continue;
    const { name, code } = error as { name: unknown; code?: unknown };
    const where = `the error of ${method}() in ${id}`;
    const evidence = [errorChain(error)];
    if ((error as { [BRAND]?: unknown })[BRAND]) {
      seen++;
      const right = isStoreError(error) ? NAME_OF_CODE[error.code] : undefined;
      expect(ctx, right !== undefined && name === right, {
        expected: `${where} has a pair of name and code of the table`,
        observed: `${name} and ${code}`,
        evidence,
      });
      continue;
    }
    const names = Object.values(NAME_OF_CODE);
    expect(
      ctx,
      !Object.hasOwn(NAME_OF_CODE, `${code}`) && !names.includes(`${name}`),
      {
        expected:
          `${where}, which has no brand, has no name or code of the table`,
        observed: `${name} and ${code}`,
        clause: 23,
        hint:
          'the brand is the property Symbol.for("@storekit/object-store/error")',
        evidence,
      },
    );
  }
  if (seen === 0) {
    throw ctx.unverified(
      "no operation of this run has failed with an error of the store",
    );
  }
}
