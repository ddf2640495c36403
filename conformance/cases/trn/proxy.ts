import { join } from "@std/path/join";
import type { Case, CaseContext, ChildContext } from "../../model/case.ts";
import {
  causesOf,
  describeError,
  isStoreError,
} from "../../checks/error_chain.ts";
import { disposeAfter } from "../../checks/dispose_after.ts";
import { expect, settle } from "../../checks/expect.ts";
import { severalRequests, SMALL } from "../shared/wire_operations.ts";
import { startRaw } from "./bad_servers.ts";

/** A service that is reached by a proxy alone: nobody can look this name up. */
const HOST = "service.invalid";
const SERVICE = `https://${HOST}`;
/** Answers of the proxy to whoever wants to be connected; a lasting one is met by each further attempt. */
const REFUSALS = [
  { status: 403, isLasting: true },
  { status: 407, isLasting: true },
  { status: 502, isLasting: false },
];
/** The outcome of an operation, as the child tells it. */
interface Outcome {
  readonly operation: string;
  readonly isRejected: boolean;
  /** The code, if it is an error of the store. */
  readonly code?: unknown;
  /** True where the runtime has kept from the store, but for a text, what has happened. */
  readonly isUntold?: boolean;
  readonly lines: readonly string[];
}

/** Proxies that refuse: a part of group TRN. */
export const trnProxyCases: readonly Case[] = [{
  id: "TRN-28",
  clauses: [25],
  level: "must",
  needs: ["module", "openAt"],
  timeoutMs: 300_000,
  title: "a proxy that refuses is no passing failure, whatever is asked",
  explain:
    "The environment of a process names a proxy, by HTTPS_PROXY, which answers every CONNECT with 403, 407 or 502 and a page. Sizes, downloads, small and large uploads reject with an error of the store, all of them with the same code, and not as TRANSIENT for 403 and 407, as another attempt meets the same refusal. A store that does not ask the proxy of the environment is not judged. Look for requests that go out through two clients, and for a runtime that tells of the refusal by the text of its error alone: Node has the code ERR_PROXY_TUNNEL. A store whose fetch has failed without any code is `unverified`: TRN-29 is about that.",
  run: (ctx) => checkRefusals(ctx, { isTextEnough: false }),
  child: tryOperations,
}, {
  id: "TRN-29",
  clauses: [25],
  level: "should",
  needs: ["module", "openAt"],
  timeoutMs: 300_000,
  title:
    "a proxy that refuses is no passing failure, also where the runtime does not say so",
  explain:
    "As TRN-28, for stores on a `fetch` that tells of a proxy's refusal by the text of its error alone. They can ask the proxy themselves, by a CONNECT through `node:http`, once a request has failed.",
  run: (ctx) => checkRefusals(ctx, { isTextEnough: true }),
  child: tryOperations,
}];

async function checkRefusals(
  ctx: CaseContext,
  { isTextEnough }: { isTextEnough: boolean },
): Promise<void> {
  const small = await ctx.source(ctx.bytes(SMALL));
  const large = await ctx.source(ctx.bytes(severalRequests(ctx)));
  let isUntold = false;
  for (const { status, isLasting } of REFUSALS) {
    let connects = 0;
    const proxy = await startRaw((socket, data) => {
      const [method, authority = ""] = `${data}`.split(" ");
      if (method !== "CONNECT") return socket.destroy();
      // A runtime may ask for others itself, as for the package of a store's client.
      if (authority.includes(`${HOST}:`)) connects++;
      socket.end(
        `HTTP/1.1 ${status} Refused\r\ncontent-type: text/html\r\n` +
          "content-length: 10\r\nconnection: close\r\n\r\n<p>No.</p>",
      );
    });
    const outcomes = await disposeAfter(
      proxy,
      async () => {
        const url = proxy.url.replace("https:", "http:");
        const directory = join(ctx.scratch, `refused-${status}`);
        const child = await ctx.child({ small, large, directory }, {
          env: {
            ...{ HTTPS_PROXY: url, https_proxy: url },
            ...{ NO_PROXY: "", no_proxy: "" },
          },
        });
        const first = await child.event("first") as Outcome;
        if (connects === 0) {
          child.kill("SIGKILL");
          await child.ended;
          return undefined;
        }
        await child.send("go");
        const others = await child.event("others") as Outcome[];
        await child.ended;
        return [first, ...others];
      },
    );
    if (!outcomes) {
      throw ctx.unverified(
        "the store does not ask the proxy that HTTPS_PROXY names",
      );
    }
    const isExcused = !isTextEnough && outcomes.some((each) => each.isUntold);
    judge(ctx, outcomes, { status, isLasting: isLasting && !isExcused });
    isUntold ||= isLasting && isExcused &&
      outcomes.some(({ code }) => code === "TRANSIENT");
  }
  if (isUntold) {
    throw ctx.unverified(
      "the runtime's fetch tells of a proxy that refuses by the text of its error alone: TRN-29 is about that",
    );
  }
}

function judge(
  ctx: CaseContext,
  outcomes: readonly Outcome[],
  { status, isLasting }: { status: number; isLasting: boolean },
): void {
  const evidence = [{
    title: `outcomes beside a proxy that answers ${status}`,
    lines: outcomes.flatMap(({ operation, lines }) => [
      `${operation}:`,
      ...lines.map((line) => `  ${line}`),
    ]),
  }];
  for (const { operation, isRejected, code } of outcomes) {
    const called = `${operation} while a proxy answers CONNECT with ${status}`;
    expect(ctx, isRejected, {
      expected: `${called} rejects`,
      observed: "it fulfilled",
      evidence,
    });
    expect(ctx, code !== undefined, {
      expected: `${called} rejects with an error of the store`,
      observed: "it is none",
      clause: 22,
      evidence,
    });
    expect(ctx, !isLasting || code !== "TRANSIENT", {
      expected: `${called} does not reject as TRANSIENT`,
      observed: "it does",
      hint: "another attempt meets the same refusal",
      evidence,
    });
  }
  const codes = new Set(outcomes.map(({ code }) => code));
  expect(ctx, codes.size === 1, {
    expected:
      `everything rejects alike while a proxy answers CONNECT with ${status}`,
    observed: `the codes are ${[...codes].join(" and ")}`,
    evidence,
  });
}

async function tryOperations(ctx: ChildContext): Promise<void> {
  const { small, large, directory } = ctx.input as Record<
    "small" | "large" | "directory",
    string
  >;
  const store = await ctx.openAt(SERVICE);
  const attempt = async (
    operation: string,
    start: () => Promise<unknown>,
  ): Promise<Outcome> => {
    const outcome = await settle(start());
    if (outcome.status === "fulfilled") {
      return { operation, isRejected: false, lines: ["fulfilled"] };
    }
    const { reason } = outcome;
    return {
      operation,
      isRejected: true,
      ...isStoreError(reason) ? { code: reason.code } : {},
      isUntold: isUntold(reason),
      lines: describeError(reason),
    };
  };
  await ctx.emit(
    "first",
    await attempt("getObjectSize", () => store.getObjectSize("a")),
  );
  await ctx.wait("go");
  const path = join(directory, "file");
  await ctx.emit("others", [
    await attempt("a download", () => store.downloadObject("a", path)),
    await attempt("a small upload", () => store.uploadObject("a", small)),
    await attempt("a large upload", () => store.uploadObject("a", large)),
  ]);
  await store.close();
}

/** Tells whether an error is by a `fetch` that has failed and gives no code: Deno's never does. */
function isUntold(reason: unknown): boolean {
  const chain = causesOf(reason).filter((each) => !isStoreError(each));
  return chain.some((each) => each instanceof TypeError) &&
    chain.every((each) => !Object(each).code);
}
