import { assertEquals, assertMatch } from "@std/assert";
import { createServer } from "node:net";
import type { FaultAction } from "../../../conformance/faults/fault.ts";
import { TcpFaultProxy } from "../../../conformance/faults/tcp_fault_proxy.ts";
import type { CaseContext } from "../../../conformance/model/case.ts";
import type { Harness } from "../../../conformance/model/harness.ts";
import type { CaseResult } from "../../../conformance/model/result.ts";
import { runConformance } from "../../../conformance/runner/run.ts";
import {
  readObject,
  succeed,
} from "../../../conformance/cases/shared/powers.ts";
import { ObjectStoreTransientError } from "../../../src/errors.ts";
import type { ObjectContent } from "../../../src/object_store.ts";
import { RespBacking } from "../../proof/reference/resp_backing.ts";
import {
  type Command,
  ConnectionError,
  RespClient,
} from "../../proof/reference/resp_client.ts";
import { makeRespHarness } from "../../proof/reference/resp_harness.ts";
import type { RespValue } from "../../proof/reference/resp_parser.ts";
import { RespServer } from "../../proof/reference/resp_server.ts";
import {
  endpointOf,
  RespStore,
  URI,
} from "../../proof/reference/resp_store.ts";
import { harnessWith, runOne } from "../tiny_store.ts";

const STALL_MS = 300;
const LONGER_MS = 500;
const CASES = ["SIZ-1", "PUT-1", "GET-1", "LST-1"];

/** Says without a cause that the connection is lost, every so many commands. */
class LosesFaith extends RespClient {
  #count = 0;
  override send(command: Command, signal?: AbortSignal): Promise<RespValue> {
    if (++this.#count % 4 > 0) return super.send(command, signal);
    return Promise.reject(new ConnectionError("nothing came for too long"));
  }
}

interface Service {
  /** The turns that are answered late, as the rule of a proxy says it. */
  readonly late?: { readonly nth: number; readonly count: number };
  readonly client?: typeof RespClient;
}

/** Runs cases on a store whose service, as far as the kit can see it, is silent by itself. */
async function judge(
  { late, client: Client = RespClient }: Service,
): Promise<CaseResult[]> {
  const server = await RespServer.start();
  const service = await TcpFaultProxy.open(server.url);
  if (late) {
    const action = { kind: "delay", ms: LONGER_MS } as const;
    service.inject({ ...late, action });
  }
  const harness = makeRespHarness({
    name: "impatient",
    findServer: () => Promise.resolve(service.url),
    limits: { stallTimeoutMs: STALL_MS, parts: "none" },
    open(ctx) {
      const client = new Client(endpointOf(ctx), STALL_MS);
      return new RespStore(ctx, new RespBacking(client, URI));
    },
    cleanup() {},
  });
  try {
    return await run(harness);
  } finally {
    await service.close();
    await server.stop();
  }
}

async function run(harness: Harness): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  const options = { only: CASES, measure: false, jobs: 1 };
  for await (const result of runConformance(harness, options)) {
    results.push(result);
  }
  return results;
}

Deno.test("a case whose service is silent once for longer than its store waits is tried again", async () => {
  const results = await judge({ late: { nth: 5, count: 1 } });
  assertEquals(results.map(({ status }) => status), CASES.map(() => "pass"));
});

Deno.test("a case whose service is silent again is unverified, and no failure of the store", async () => {
  const results = await judge({ late: { nth: 1, count: 1_000 } });
  for (const { id, status, reason } of results) {
    assertEquals(status, "unverified", id);
    assertMatch(
      reason ?? "",
      /^the machine was too loaded: nothing came .* ms/,
    );
  }
});

Deno.test("a store that gives up a service which was not silent fails", async () => {
  const results = await judge({ client: LosesFaith });
  assertEquals(results.map(({ status }) => status), CASES.map(() => "fail"));
});

/** A service of HTTP that answers a request after so many milliseconds. */
async function startLate(
  ms: number,
): Promise<{ url: string } & AsyncDisposable> {
  const timers = new Set<ReturnType<typeof setTimeout>>();
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => {
      const answer = "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n";
      timers.add(setTimeout(() => socket.end(answer), ms));
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      timers.forEach(clearTimeout);
      await new Promise((done) => server.close(done));
    },
  };
}

const timers: ReturnType<typeof setTimeout>[] = [];
const pause = (ms: number) =>
  new Promise<void>((resolve) => timers.push(setTimeout(resolve, ms)));
const HOLDING: readonly [FaultAction, string][] = [
  [{ kind: "run", run: () => pause(LONGER_MS) }, "unverified"],
  [{ kind: "delay", ms: LONGER_MS }, "unverified"],
  [{ kind: "run", run: () => pause(0) }, "fail"],
  [{ kind: "delay", ms: 1 }, "fail"],
  [{ kind: "stall", at: "before-head" }, "fail"],
];

for (const [i, [action, status]] of HOLDING.entries()) {
  Deno.test(`a case that holds a request by ${action.kind} (${i}), and whose store gives it up, is ${status}`, async () => {
    const result = await judgeLate(0, async ({ store, wire }) => {
      await using _ = wire?.inject({ action });
      await store.getObjectSize("a");
    });
    timers.splice(0).forEach(clearTimeout);
    assertEquals(result.status, status);
  });
}

/** Runs a case on a store that gives up a service of HTTP, which answers after so many milliseconds. */
async function judgeLate(
  ms: number,
  run: (ctx: CaseContext) => Promise<void>,
): Promise<CaseResult> {
  await using service = await startLate(ms);
  let endpoint = "";
  const harness = harnessWith({
    async getObjectSize(objectName: string) {
      const signal = AbortSignal.timeout(STALL_MS);
      await fetch(endpoint, { signal })
        .then((answer) => answer.text()).catch(() => {});
      throw new ObjectStoreTransientError("no answer", { objectName });
    },
  });
  const { open } = harness;
  return await runOne(run, {
    ...harness,
    upstream: service.url,
    limits: { stallTimeoutMs: STALL_MS },
    open(ctx) {
      endpoint = String(ctx.endpoint);
      return open(ctx);
    },
  });
}

for (
  const [ms, status] of [[LONGER_MS, "unverified"], [0, "fail"]] as const
) {
  Deno.test(`a case whose service of HTTP answers after ${ms} ms, and whose store gives it up, is ${status}`, async () => {
    const result = await judgeLate(
      ms,
      async ({ store }) => void await store.getObjectSize("a"),
    );
    assertEquals(result.status, status);
  });
}

for (
  const [when, status] of [["after", "unverified"], ["while", "fail"]] as const
) {
  Deno.test(`a case whose store gives up a silent service ${when} a fault was in force is ${status}`, async () => {
    const result = await judgeLate(LONGER_MS, async ({ store, wire }) => {
      const action = { kind: "add-headers", headers: {} } as const;
      const faults = wire?.inject({ action, optional: true });
      if (when === "after") await faults?.stop();
      await store.getObjectSize("a");
    });
    assertEquals(result.status, status);
  });
}

for (const [ms, status] of [[LONGER_MS, "unverified"], [0, "fail"]] as const) {
  Deno.test(`a case on a machine that stands still for ${ms} ms, and whose store gives its service up, is ${status}`, async () => {
    const harness = harnessWith({
      async getObjectSize(objectName: string) {
        await new Promise((resolve) => setTimeout(resolve, 0));
        for (const end = performance.now() + ms; performance.now() < end;);
        await new Promise((resolve) => setTimeout(resolve, 0));
        throw new ObjectStoreTransientError("no answer", { objectName });
      },
    });
    const result = await runOne(
      async ({ store }) => void await store.getObjectSize("a"),
      { ...harness, limits: { stallTimeoutMs: STALL_MS } },
    );
    assertEquals(result.status, status);
  });
}

/** What a store hands out whose service is given up after so many milliseconds in which this process stands still. */
function contentOf(ms: number): ObjectContent {
  const lose = async (): Promise<never> => {
    await new Promise((resolve) => setTimeout(resolve, 0));
    for (const end = performance.now() + ms; performance.now() < end;);
    await new Promise((resolve) => setTimeout(resolve, 0));
    throw new ObjectStoreTransientError("no byte", { objectName: "a" });
  };
  const stream = new ReadableStream({ pull: lose }, { highWaterMark: 0 });
  return { size: 9, stream, bytes: lose, text: lose };
}

const READERS = {
  "its reader": ({ stream }) => stream.getReader().read(),
  "bytes()": (content) => content.bytes(),
  "text()": (content) => content.text(),
} satisfies Record<string, (content: ObjectContent) => Promise<unknown>>;

for (const [how, read] of Object.entries(READERS)) {
  for (
    const [ms, status] of [[LONGER_MS, "unverified"], [0, "fail"]] as const
  ) {
    Deno.test(`a case on a machine that stands still for ${ms} ms, and whose stream fails in ${how}, is ${status}`, async () => {
      const harness = harnessWith({
        readObject: () => Promise.resolve(contentOf(ms)),
      });
      const result = await runOne(
        async (ctx) => {
          const content = await readObject(ctx, "a");
          await succeed<unknown>(ctx, read(content), how);
        },
        {
          ...harness,
          capabilities: ["read"],
          limits: { stallTimeoutMs: STALL_MS },
        },
      );
      assertEquals(result.status, status);
    });
  }
}
