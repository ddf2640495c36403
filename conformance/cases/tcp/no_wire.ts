import { Socket } from "node:net";
import { join } from "@std/path/join";
import type { Case, CaseContext } from "../../model/case.ts";
import { BIG } from "../shared/transfers.ts";

/** The part of group TCP about stores that say they have no network. */
export const noWireCases: readonly Case[] = [{
  id: "TCP-10",
  clauses: [25],
  level: "must",
  needs: ["noWire"],
  exclusive: true,
  inProcess: true,
  title: "a store that says it has no network opens no connection",
  explain:
    'With `wire: "none"` the cases about failing connections do not apply. While objects are stored, sized and fetched, nothing may connect: neither by `fetch`, nor by the sockets of Deno or Node. If this fails, say how the service is reached, with `upstream`.',
  async run(ctx) {
    const seen = await watchConnections(() => useStore(ctx));
    if (seen.length === 0) return;
    throw ctx.fail({
      expected:
        "a store without a network ('wire: \"none\"') opens no connection",
      observed: `it used ${[...new Set(seen)].join(", ")}`,
      hint: "the harness says 'wire: \"none\"' of a store that has a network",
    });
  },
}];

async function useStore(ctx: CaseContext): Promise<void> {
  const store = await ctx.open({ segment: "watched" });
  for (const size of [0, 1_003, BIG]) {
    const name = ctx.name();
    await ctx.upload(name, ctx.bytes(size, size), undefined, store);
    await store.getObjectSize(name);
    await ctx.download(name, join(ctx.scratch, name), undefined, store);
  }
  await store.getObjectSize(ctx.name("missing")).catch(() => {});
  await store.close();
}

/** Runs something, and tells what was called meanwhile that connects. What is called does what it does. */
async function watchConnections(run: () => Promise<void>): Promise<string[]> {
  const seen: string[] = [];
  const places: readonly [string, Record<string, unknown>, string][] = [
    ["fetch()", globalThis as unknown as Record<string, unknown>, "fetch"],
    [
      "a socket of Node",
      Socket.prototype as unknown as Record<string, unknown>,
      "connect",
    ],
    ...(["connect", "connectTls"] as const).flatMap((
      member,
    ): [string, Record<string, unknown>, string][] =>
      "Deno" in globalThis
        ? [[
          `Deno.${member}()`,
          Deno as unknown as Record<string, unknown>,
          member,
        ]]
        : []
    ),
  ];
  const originals = places.map(([what, place, member]) => {
    const original = Object.getOwnPropertyDescriptor(place, member);
    const call = place[member] as (...args: unknown[]) => unknown;
    Object.defineProperty(place, member, {
      configurable: true,
      writable: true,
      value: function (this: unknown, ...args: unknown[]) {
        seen.push(what);
        return Reflect.apply(call, this, args);
      },
    });
    return () => {
      if (original) Object.defineProperty(place, member, original);
      else delete place[member];
    };
  });
  try {
    await run();
  } finally {
    for (const restore of originals) restore();
  }
  return seen;
}
