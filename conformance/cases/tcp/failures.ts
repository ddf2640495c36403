import { disposeAfter } from "../../checks/dispose_after.ts";
import type { Case, CaseContext } from "../../model/case.ts";
import { checkCode, expect, settle } from "../../checks/expect.ts";
import { traceCalls } from "../../checks/trace.ts";
import type { TcpRule } from "../../faults/tcp_fault.ts";
import {
  type Operation,
  Operations,
  severalRequests,
  SMALL,
} from "../shared/wire_operations.ts";
import {
  countTurns,
  judgeTransient,
  patienceOf,
  runAgain,
  runUnder,
  someTurns,
  tcpEvidence,
  tcpOf,
} from "./steps.ts";

/** The part of group TCP about connections that fail. */
export const tcpFailureCases: readonly Case[] = [{
  id: "TCP-1",
  clauses: [25, 26],
  level: "must",
  needs: ["tcp"],
  timeoutMs: 180_000,
  title: "connections that are refused or lost are transient",
  explain:
    "Connections are refused, and then reset before a byte of theirs has passed. Each operation rejects as TRANSIENT and leaves nothing; with the service back, the same store does the same calls. Check for errors of the client that come out as they are, and for a connection that the store keeps although it is dead.",
  async run(ctx) {
    const operations = await new Operations(ctx).all();
    const what = "while connections are refused";
    const outcomes: PromiseSettledResult<unknown>[] = [];
    await disposeAfter(await tcpOf(ctx).refuse(), async () => {
      for (const operation of operations) {
        outcomes.push(
          await ctx.within(
            patienceOf(ctx),
            settle(operation.start()),
            `${operation.what} settles ${what}`,
            "scaled",
          ),
        );
      }
    });
    for (const [i, operation] of operations.entries()) {
      await judgeRejected(ctx, operation, outcomes[i]!, what);
      await runAgain(ctx, operation, "when connections are taken again");
    }
    const reset: TcpRule = {
      action: { kind: "reset", at: { way: "up", afterBytes: 0 } },
    };
    for (const operation of await new Operations(ctx).all()) {
      const what = "while each connection is reset at its first byte";
      const { outcome } = await runUnder(ctx, [reset], operation, { what });
      await judgeRejected(ctx, operation, outcome, what);
      await runAgain(ctx, operation, "when connections hold again");
    }
  },
}, {
  id: "TCP-2",
  clauses: [8, 25],
  level: "must",
  needs: ["tcp"],
  timeoutMs: 300_000,
  title: "an upload whose answer is lost stores its bytes once",
  explain:
    "The service does what it is asked, and the answer of one turn of an upload does not come: of each in turn, for an object of one piece and of several. The upload resolves with exactly its bytes, or rejects as TRANSIENT with the old object, or the new one, whole. The same call then stores exactly its bytes. Check for a command that is sent again although it may have been done, as `APPEND` of Redis: it puts the bytes there twice.",
  async run(ctx) {
    for (const size of [SMALL, severalRequests(ctx)]) {
      const make = (old?: Uint8Array) => new Operations(ctx).upload(size, old);
      const count = await countTurns(ctx, await make());
      for (const nth of someTurns(count)) {
        await checkUpload(ctx, await make(ctx.bytes(977, `old ${nth}`)), {
          rule: { nth, count: 1, action: { kind: "lose-answer" } },
          what: `whose answer no. ${nth} of ${count} is lost`,
        });
      }
    }
  },
}, {
  id: "TCP-3",
  clauses: [8, 25],
  level: "must",
  needs: ["tcp"],
  timeoutMs: 300_000,
  title: "an upload whose connection breaks stores its bytes once, or none",
  explain:
    "The connection is reset within what one turn of an upload sends, and from that turn on each connection is. The upload resolves with exactly its bytes, or rejects as TRANSIENT and has left the old object. The same call then stores exactly its bytes. Check for a piece that was sent in part and is sent again after it.",
  async run(ctx) {
    const size = severalRequests(ctx);
    const make = (old?: Uint8Array) => new Operations(ctx).upload(size, old);
    const count = await countTurns(ctx, await make());
    for (const nth of someTurns(count)) {
      for (const turns of [1, Infinity]) {
        await checkUpload(ctx, await make(ctx.bytes(977, `${nth} ${turns}`)), {
          rule: {
            nth,
            ...(turns === Infinity ? {} : { count: turns }),
            action: { kind: "reset", at: { way: "up", afterBytes: 20 } },
          },
          what:
            `whose connection is reset within request no. ${nth} of ${count}${
              turns === Infinity ? ", and in each after it" : ""
            }`,
        });
      }
    }
  },
}, {
  id: "TCP-4",
  clauses: [25, 15, 18],
  level: "must",
  needs: ["tcp"],
  timeoutMs: 300_000,
  title: "an answer that ends early is never taken for a whole one",
  explain:
    "The connection is reset, or ends in good order, within an answer of a download, once and from then on. The download resolves with exactly the object's bytes, or rejects as TRANSIENT with nothing left, also in the destination; its counts never go back. Check for an end of the connection that is taken for the end of the object.",
  async run(ctx) {
    for (const size of [SMALL, severalRequests(ctx)]) {
      const operations = new Operations(ctx);
      const count = await countTurns(ctx, await operations.download(size));
      for (const nth of someTurns(count)) {
        for (const action of endings()) {
          for (const turns of [1, Infinity]) {
            const times = turns === Infinity ? {} : { count: turns };
            const rule = { nth, ...times, action, optional: true };
            await checkDownload(ctx, await operations.download(size), {
              rule,
              what: `whose answer no. ${nth} of ${count} is cut short (${
                JSON.stringify(action)
              }, ${turns} times)`,
            });
          }
        }
      }
    }
  },
}];

/** An answer in which only the first bytes come: of a number, of a head, or of a body. */
function endings(): TcpRule["action"][] {
  return [
    { kind: "reset", at: { way: "down", afterBytes: 1 } },
    { kind: "cut", afterBytes: 1 },
    { kind: "cut", afterBytes: 1_500 },
  ];
}

async function judgeRejected(
  ctx: CaseContext,
  operation: Operation,
  outcome: PromiseSettledResult<unknown>,
  what: string,
): Promise<void> {
  const evidence = [tcpEvidence(ctx)];
  expect(ctx, outcome.status === "rejected", {
    expected: `${operation.what} rejects ${what}`,
    observed: "it fulfilled",
    evidence,
  });
  const failing = `${operation.what} ${what}`;
  checkCode(ctx, outcome.reason, "TRANSIENT", failing, { evidence });
  await operation.expectNothing();
}

async function checkUpload(
  ctx: CaseContext,
  upload: Operation,
  { rule, what }: { rule: TcpRule; what: string },
): Promise<void> {
  const { outcome } = await runUnder(
    ctx,
    [{ ...rule, optional: true }],
    upload,
    { what },
  );
  await judgeTransient(ctx, upload, outcome, { what, isDoubtful: true });
  await runAgain(ctx, upload, `after an upload ${what}`);
}

async function checkDownload(
  ctx: CaseContext,
  download: Operation,
  { rule, what }: { rule: TcpRule; what: string },
): Promise<void> {
  const { callback, calls, evidence } = traceCalls();
  const options = { callback };
  const { outcome } = await runUnder(ctx, [rule], download, { what, options });
  await judgeTransient(ctx, download, outcome, { what });
  let before = 0;
  for (const { bytes, total } of calls) {
    expect(ctx, bytes >= before && bytes <= total, {
      expected: `the download ${what}: the count never goes back`,
      observed: `(${bytes}, ${total}) came after ${before}`,
      clause: 18,
      evidence: [evidence()],
    });
    before = bytes;
  }
}
