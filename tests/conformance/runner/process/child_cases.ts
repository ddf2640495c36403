import { assert, assertEquals } from "@std/assert";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import type { Case } from "../../../../conformance/model/case.ts";
import { ObjectStoreTransientError } from "../../../../src/errors.ts";
import { tinyCase, tinyHarness, TinyStore } from "../../tiny_store.ts";

/** The time after which the store of these cases gives its service up. */
const STALL_MS = 300;

/** Gives its service up when it is asked for one name. */
class ImpatientStore extends TinyStore {
  override async getObjectSize(objectName: string): Promise<number> {
    if (objectName !== "silent") return await super.getObjectSize(objectName);
    await new Promise((resolve) => setTimeout(resolve, STALL_MS));
    throw new ObjectStoreTransientError("no answer", { objectName });
  }
}

/** A harness that a child process can load. */
export const childHarness = tinyHarness({
  open: (ctx) => new ImpatientStore(ctx),
  limits: { stallTimeoutMs: STALL_MS },
  module: import.meta.resolve("./child_harness.ts"),
});

const cases: readonly Case[] = [
  tinyCase({
    id: "CHD-1",
    title: "exchanges events with a process",
    async run(ctx) {
      const child = await ctx.child({ number: 7 }, { env: { CHD_TEST: "on" } });
      const data = await child.event("ready");
      assertEquals(data, {
        input: { number: 7 },
        uri: ctx.store.getUri("x"),
        env: "on",
        cwd: await fs.realpath(ctx.scratch),
      });
      await child.send("first");
      await child.send("second");
      const { code, signal } = await child.ended;
      assertEquals([code, signal], [0, null]);
    },
    async child(ctx) {
      const store = await ctx.open();
      Deno.stdout.writeSync(new TextEncoder().encode("no line break"));
      console.log("nor a line of the kit");
      await ctx.emit("ready", {
        input: ctx.input,
        uri: store.getUri("x"),
        env: Deno.env.get("CHD_TEST"),
        cwd: Deno.cwd(),
      });
      await ctx.wait("second");
      await ctx.wait("first");
    },
  }),
  tinyCase({
    id: "CHD-2",
    title: "kills a process",
    async run(ctx) {
      const child = await ctx.child();
      await child.event("ready");
      child.kill("SIGKILL");
      const { code, signal } = await child.ended;
      assertEquals([code, signal], [null, "SIGKILL"]);
    },
    async child(ctx) {
      await ctx.emit("ready");
      await ctx.wait("never");
    },
  }),
  tinyCase({
    id: "CHD-3",
    title: "fails when the store rejects in the process",
    run: async (ctx) => void await (await ctx.child()).ended,
    async child(ctx) {
      await (await ctx.open()).getObjectSize("missing");
    },
  }),
  tinyCase({
    id: "CHD-4",
    title: "is an error when the case's own code throws in the process",
    run: async (ctx) => void await (await ctx.child()).event("never"),
    child: () => Promise.reject(new RangeError("bug")),
  }),
  tinyCase({
    id: "CHD-5",
    title: "fails when the process exits too early",
    run: async (ctx) => void await (await ctx.child()).event("never"),
    child() {
      console.error("goodbye");
      Deno.exit(9);
    },
  }),
  tinyCase({
    id: "CHD-6",
    title: "leaves a process running, which the runner kills",
    async run(ctx) {
      const child = await ctx.child();
      await fs.writeFile(
        join(Deno.env.get("CHD_PIDS") ?? "", "pid"),
        `${child.pid}`,
      );
      await child.event("ready");
    },
    async child(ctx) {
      await ctx.emit("ready");
      await ctx.wait("never");
    },
  }),
  tinyCase({
    id: "CHD-7",
    title: "puts a wrapper before the command",
    async run(ctx) {
      const child = await ctx.child(undefined, {
        wrapper: ["sh", "-c", 'umask 027; exec "$0" "$@"'],
      });
      assertEquals(await child.event("umask"), 0o027);
      await child.ended;
    },
    child: (ctx) => ctx.emit("umask", Deno.umask()),
  }),
  tinyCase({
    id: "CHD-8",
    title: "is unverified when a wrapper is not there",
    async run(ctx) {
      await ctx.child(undefined, { wrapper: ["storekit-no-such-command"] });
    },
    child: () => Promise.resolve(assert(false)),
  }),
  tinyCase({
    id: "CHD-9",
    title: "is an error when the process ends before it is told anything",
    run: async (ctx) => {
      const child = await ctx.child(undefined, {
        wrapper: ["sh", "-c", "echo no such module >&2; exit 1"],
      });
      await child.event("never");
    },
    child: () => Promise.resolve(assert(false)),
  }),
  ...[[2 * STALL_MS, "CHD-20"], [0, "CHD-21"]].map(([ms, id]) =>
    tinyCase({
      id: String(id),
      title: `stands still for ${ms} ms while the process gives its service up`,
      async run(ctx) {
        const child = await ctx.child();
        await child.event("begun");
        for (
          const end = performance.now() + Number(ms);
          performance.now() < end;
        );
        await child.ended;
      },
      async child(ctx) {
        const store = await ctx.open();
        await ctx.emit("begun");
        await store.getObjectSize("silent");
      },
    })
  ),
];
export default cases;
