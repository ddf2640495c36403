import type { Case, CaseContext } from "../../model/case.ts";
import { settle } from "../../checks/expect.ts";
import { writeObject } from "../shared/powers.ts";

const ILL_FORMED = "lone \ud800 and \udc00";

/** Texts: a part of group WRI. */
export const wriTextCases: readonly Case[] = [{
  id: "WRI-2",
  clauses: [33],
  level: "must",
  capabilities: ["write"],
  title: "a string is stored as UTF-8",
  explain:
    "Other alphabets and planes, a byte order mark, line breaks and NUL as they are. `size` counts bytes and not characters. UTF-8 has nothing for a lone surrogate: it becomes U+FFFD, as everywhere on the web, or the text is refused with a TypeError and nothing is stored.",
  async run(ctx) {
    const texts = [
      "",
      "plain",
      "Grüße, 漢字 😀",
      "\ufeffmark\r\nline\rline\0end",
      ILL_FORMED,
      "é".repeat(Math.min(40_000, ctx.limits.largestObject >> 2)),
    ];
    for (const text of texts) {
      const bytes = new TextEncoder().encode(text);
      if (bytes.length > ctx.limits.largestObject) continue;
      for (const options of [undefined, { size: bytes.length }]) {
        const name = ctx.name("text");
        const what = `a text of ${text.length} characters`;
        const writing = writeObject(ctx, name, text, options);
        if (text === ILL_FORMED && await isRefused(ctx, writing)) {
          await ctx.expectNoObject(name, `${what} was refused`);
          continue;
        }
        await writing;
        await ctx.expectObject(name, bytes, `${what} was stored`);
      }
    }
  },
}];

async function isRefused(
  ctx: CaseContext,
  writing: Promise<void>,
): Promise<boolean> {
  const what = "a text with lone surrogates is stored or refused";
  const outcome = await ctx.within(20_000, settle(writing), what);
  return outcome.status === "rejected" && outcome.reason instanceof TypeError;
}
