import * as fs from "node:fs/promises";
import { join } from "@std/path/join";
import type { Case, CaseContext } from "../../model/case.ts";
import { expectFile } from "../shared/expect_file.ts";
import { settle } from "../../checks/expect.ts";
import { contentGrid, severalReports } from "../shared/size_grid.ts";

/** Ends of names by which something on the way may choose to pack, unpack or translate. */
const ENDINGS = ["gz", "txt", "html", "json"];
/** "hello" and a line break as `gzip` packs it. */
const PACKED = Uint8Array.from(
  atob("H4sIAAAAAAACA8tIzcnJ5wIAIDA6NgYAAAA="),
  (character) => character.charCodeAt(0),
);

/** Regular files of every kind as sources: a part of group PUT. */
export const putKindCases: readonly Case[] = [{
  id: "PUT-14",
  clauses: [9, 8],
  level: "must",
  title: "every regular file is a source, whatever its time, links or ending",
  explain:
    "A file from 1970, one with two hard links, an executable one, one that is a single hole; and bytes that are packed or are lines of text, under names that end in gz or txt: each comes back as it was. If this fails, look for a time that is taken for true or false, for blocks that are counted, or for a media type or an encoding that is guessed from a name.",
  async run(ctx) {
    for (const [what, path, bytes] of await makeSources(ctx)) {
      const name = ctx.name("kind");
      const upload = ctx.store.uploadObject(name, path);
      const outcome = await ctx.within(20_000, settle(upload), what);
      if (outcome.status === "rejected") throw outcome.reason;
      await ctx.expectObject(name, bytes, `the upload of ${what}`);
    }
    for (const ending of ENDINGS) await checkEnding(ctx, ending);
  },
}];

async function makeSources(
  ctx: CaseContext,
): Promise<[what: string, path: string, bytes: Uint8Array][]> {
  const bytes = ctx.bytes(1_019, "kind");
  const old = await ctx.source(bytes);
  await fs.utimes(old, 0, 0);
  const late = await ctx.source(bytes);
  await fs.utimes(late, 4_000_000_000, 4_000_000_000);
  const executable = await ctx.source(bytes);
  await fs.chmod(executable, 0o555);
  const hole = await ctx.source(new Uint8Array());
  const zeros = new Uint8Array(severalReports(ctx));
  await fs.truncate(hole, zeros.length);
  const linked = await ctx.source(bytes);
  const link = await settle(fs.link(linked, join(ctx.scratch, "link")));
  const sources: [string, string, Uint8Array][] = [
    ["a file from 1970", old, bytes],
    ["a file from the future", late, bytes],
    ["an executable file", executable, bytes],
    ["a file that is a single hole", hole, zeros],
  ];
  // Not every file system has hard links.
  if (link.status === "rejected") return sources;
  return [...sources, ["a file with two hard links", linked, bytes]];
}

/** The source, the object and the destination have names that end alike. */
async function checkEnding(ctx: CaseContext, ending: string): Promise<void> {
  const contents = [
    { what: "packed bytes", bytes: PACKED },
    ...contentGrid(ctx).filter(({ what }) => what.startsWith("line breaks")),
  ];
  for (const [index, { what, bytes }] of contents.entries()) {
    const path = join(ctx.scratch, `${index}.${ending}`);
    await fs.writeFile(path, bytes);
    const name = `${ctx.name("kind")}.${ending}`;
    await ctx.store.uploadObject(name, path);
    const title = `${what} named *.${ending}`;
    await ctx.expectObject(name, bytes, title);
    const to = ctx.at(`${index}.${ending}`);
    await ctx.download(name, to);
    await expectFile(ctx, to, bytes, `the download of ${title}`);
  }
}
