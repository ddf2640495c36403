import { defineHarness } from "../../../conformance/model/define_harness.ts";
import type {
  Harness,
  HarnessContext,
  Oracle,
} from "../../../conformance/model/harness.ts";
import { nameKey, RespBacking } from "./resp_backing.ts";
import { RespClient } from "./resp_client.ts";
import { RespServer } from "./resp_server.ts";
import { RespStore, SILENCE_MS, URI } from "./resp_store.ts";

let running: Promise<RespServer> | undefined;
const runs = new Set<string>();

/** Makes the harness of a store on a Redis. */
export function makeRespHarness(
  { name, findServer, ...members }:
    & Pick<Harness, "name">
    & Partial<Harness>
    & {
      /** The service's address. */
      findServer: (prefix: string) => Promise<string>;
    },
): Harness {
  return defineHarness({
    name,
    open: (ctx) => new RespStore(ctx),
    capabilities: ["flat", "reopen", "list"],
    wire: "tcp",
    upstream: findServer,
    oracle: makeOracle(findServer),
    refusesNames: () => false,
    secrets: [],
    limits: { stallTimeoutMs: SILENCE_MS, parts: "none" },
    ...members,
  });
}

/** Judges the reference store on its own little service. */
export const respHarness: Harness = makeRespHarness({
  name: "reference: tcp",
  module: import.meta.url,
  findServer: async (prefix) => {
    runs.add(prefix.split("/")[0] ?? prefix);
    running ??= RespServer.start();
    return (await running).url;
  },
  async cleanup(prefix) {
    runs.delete(prefix);
    if (runs.size > 0) return;
    const server = await running;
    running = undefined;
    await server?.stop();
  },
});

export default respHarness;

/** The way around a store on a Redis, which asks the service itself. */
function makeOracle(
  findServer: (prefix: string) => Promise<string>,
): Oracle {
  async function ask<T>(
    ctx: HarnessContext,
    run: (backing: RespBacking, key: (name: string) => string) => Promise<T>,
  ): Promise<T> {
    const client = new RespClient(await findServer(ctx.prefix), 10_000);
    const backing = new RespBacking(client, URI);
    try {
      return await run(backing, (name) => `${ctx.prefix}/${name}`);
    } finally {
      client.close();
    }
  }
  return {
    put: (name, bytes, ctx) =>
      ask(ctx, async (backing, key) => {
        const object = await backing.create(key(name), bytes.length);
        if (bytes.length > 0) await object.write(bytes);
        await object.commit();
      }),
    get: (name, ctx) =>
      ask(ctx, async (backing, key) => {
        const object = await backing.open(key(name));
        if (!object || object.size === 0) return object && new Uint8Array();
        return await object.read(0, object.size);
      }),
    list: (ctx) =>
      ask(ctx, async (backing, key) => {
        const names = await backing.list(key(""));
        return names.map((name) => name.slice(key("").length));
      }),
    async delete(name, ctx) {
      const client = new RespClient(await findServer(ctx.prefix), 10_000);
      try {
        await client.send(["DEL", nameKey(`${ctx.prefix}/${name}`)]);
      } finally {
        client.close();
      }
    },
  };
}
