import * as fs from "node:fs/promises";
import type { Case } from "../../model/case.ts";
import { expectLocalError, settle } from "../../checks/expect.ts";

/** Files of Linux that have bytes though the system says 0, and the same ones as long as the machine runs. */
const SIZELESS = ["/proc/version", "/proc/filesystems", "/proc/crypto"];

/** The part of group PUT about sources whose size the system does not tell. */
export const putSizelessCases: readonly Case[] = [
  {
    id: "PUT-12",
    clauses: [9],
    level: "must",
    title: "a source whose size is told as 0 is stored whole, or refused",
    explain:
      "Files of `/proc` say that they have no bytes, and have some. If this fails, look for an upload that ends when so many bytes have come as the system has told: ask for one more.",
    async run(ctx) {
      let checked = 0;
      for (const path of SIZELESS) {
        const bytes = await readSizeless(path);
        if (bytes === undefined) continue;
        checked++;
        const fresh = ctx.name("fresh");
        const replaced = ctx.name("replaced");
        const old = ctx.bytes(307, path);
        await ctx.given(replaced, old);
        for (const name of [fresh, replaced]) {
          const what = `the upload of ${path}, whose size is told as 0,`;
          const uploading = ctx.store.uploadObject(name, path);
          const outcome = await ctx.within(20_000, settle(uploading), what);
          if (outcome.status === "fulfilled") {
            await ctx.expectObject(name, bytes, `${what} has resolved`);
            continue;
          }
          await expectLocalError(ctx, uploading, what);
          if (name === fresh) await ctx.expectNoObject(name, `${what} failed`);
          else await ctx.expectObject(name, old, `${what} failed`);
        }
      }
      if (checked > 0) return;
      throw ctx.unverified("no file here has bytes and a size of 0 (Linux)");
    },
  },
];

/** The bytes of a file whose size is told as 0, if they are the same twice. */
async function readSizeless(path: string): Promise<Uint8Array | undefined> {
  try {
    const { size } = await fs.stat(path);
    const [first, second] = [await fs.readFile(path), await fs.readFile(path)];
    const isSteady = first.equals(second);
    return size === 0 && first.length > 0 && isSteady ? first : undefined;
  } catch {
    // Where there is no such file, there is nothing to check.
    return undefined;
  }
}
