import * as sync from "node:fs";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import type { Case, CaseContext } from "../case.ts";
import { expect, expectCode, expectEqual } from "../expect.ts";
import { expectUntouched, snapshot } from "../snapshot.ts";
import { traceCalls } from "../trace.ts";
import {
  at,
  expectFile,
  expectInTheWay,
  look,
  plant,
  plantLink,
} from "./landing.ts";
import { ovwDeviceCases } from "./ovw_device.ts";
import { checkNoTransfer, ovwWireCases } from "./ovw_wire.ts";

/** The cases of group OVW: what is at the destination before a download. */
export const ovwCases: readonly Case[] = [
  {
    id: "OVW-1",
    clauses: [11],
    level: "must",
    title: "without overwrite an existing file is FILE_EXISTS and untouched",
    explain:
      "The default protects what is there: same bytes, time and inode, and no transfer. Look at how the destination is looked at before the request; an empty file exists, too.",
    async run(ctx) {
      const name = ctx.name();
      await ctx.given(name, ctx.bytes(5_003, 1));
      for (const [index, old] of [ctx.bytes(701, 2), ""].entries()) {
        const path = ctx.at(`file-${index}`);
        await plant(path, old);
        const before = await snapshot(ctx.root);
        for (const options of [undefined, {}, { overwrite: false }]) {
          const { callback, calls, evidence } = traceCalls();
          const what = `a download with ${
            JSON.stringify(options) ?? "no options"
          } to an existing file`;
          await expectCode(
            ctx,
            ctx.download(name, path, options && { ...options, callback }),
            "FILE_EXISTS",
            what,
          );
          await expectUntouched(ctx, ctx.root, before, what, { clause: 11 });
          expect(ctx, calls.length === 0, {
            expected: `${what}: no transfer`,
            observed: "the callback was called",
            evidence: [evidence()],
          });
        }
      }
      await checkNoTransfer(ctx);
    },
  },
  {
    id: "OVW-2",
    clauses: [12],
    level: "must",
    title: "with overwrite the file becomes the object, longer or shorter",
    explain:
      "The new file is complete and nothing but the object. A rest of the old file at the end means that it was written in place without being cut.",
    async run(ctx) {
      const path = ctx.at("file");
      await plant(path, ctx.bytes(10_007, 1));
      for (const [index, size] of [70_001, 13, 13, 0, 4_099].entries()) {
        const name = ctx.name();
        const bytes = ctx.bytes(size, index + 2);
        await ctx.given(name, bytes);
        await ctx.download(name, path, { overwrite: true });
        await expectFile(
          ctx,
          path,
          bytes,
          `the file replaced in round ${index + 1}`,
        );
      }
    },
  },
  {
    id: "OVW-3",
    clauses: [12, 10],
    level: "must",
    title: "with overwrite an absent destination is simply made",
    explain:
      "`overwrite: true` allows to replace; it does not demand that there is something, not even the directory.",
    async run(ctx) {
      const name = ctx.name();
      const bytes = ctx.bytes(6_011, 1);
      await ctx.given(name, bytes);
      for (const path of [ctx.at("file"), ctx.at("new", "below", "file")]) {
        await ctx.download(name, path, { overwrite: true });
        await expectFile(
          ctx,
          path,
          bytes,
          "the file made with overwrite: true",
        );
      }
    },
  },
  {
    id: "OVW-4",
    clauses: [17, 11],
    level: "must",
    title: "an existing file is told before a missing object",
    explain:
      "Clause 17 checks the destination before it asks the store. With overwrite: true only the missing object is wrong, and the file stays.",
    async run(ctx) {
      const path = ctx.at("file");
      await plant(path, ctx.bytes(911, 1));
      const before = await snapshot(ctx.root);
      const missing = ctx.name("missing");
      for (
        const [overwrite, code] of [
          [false, "FILE_EXISTS"],
          [true, "OBJECT_NOT_FOUND"],
        ] as const
      ) {
        const what =
          `a download of a missing object to an existing file with overwrite: ${overwrite}`;
        await expectCode(
          ctx,
          ctx.download(missing, path, { overwrite }),
          code,
          what,
        );
        await expectUntouched(ctx, ctx.root, before, what);
      }
    },
  },
  {
    id: "OVW-5",
    clauses: [11],
    level: "must",
    title: "a file that appears during the transfer is never replaced",
    explain:
      "Publishing must create, not replace: a hard link to the temporary file, say. A check followed by a rename loses a file that came in between.",
    async run(ctx) {
      const name = ctx.name();
      await ctx.given(name, ctx.bytes(80_021, 1));
      const other = ctx.bytes(333, 2);
      const nowhere = join(ctx.scratch, "nowhere");
      const writers: [string, (path: string) => void][] = [
        ["file", (path) => sync.writeFileSync(path, other, { flag: "wx" })],
        ["empty", (path) => sync.writeFileSync(path, "", { flag: "wx" })],
        ["link", (path) => sync.symlinkSync(nowhere, path)],
      ];
      await plantLink(ctx, nowhere, join(ctx.scratch, "probe"));
      for (const [label, write] of writers) {
        const path = ctx.at(label);
        const what =
          `a download without overwrite during which a ${label} appears`;
        let before: string[] = [];
        const moment = at(ctx, "last", async () => {
          write(path);
          before = (await snapshot(ctx.root)).filter((line) =>
            line.startsWith(`/${label} `)
          );
        });
        const download = ctx.download(name, path, {
          callback: moment.callback,
        });
        await download.catch(() => {});
        await moment.check(what);
        await expectCode(ctx, download, "FILE_EXISTS", what);
        const after = await snapshot(ctx.root);
        expect(ctx, before.every((line) => after.includes(line)), {
          expected: `${what}: it survives untouched (${before})`,
          observed: after.join("; "),
          hint: "a check, then a rename, replaces what came in between",
        });
        expect(ctx, !sync.existsSync(nowhere), {
          expected: `${what}: nothing is written through a symlink`,
          observed: "its target was made",
        });
      }
    },
  },
  {
    id: "OVW-7",
    clauses: [11],
    level: "must",
    title:
      "without overwrite a symlink is an existing file, also a dangling one",
    explain:
      "A symlink to a file or to nothing takes the name. Looking through the link finds nothing for a dangling one, and writing through it makes a file elsewhere.",
    async run(ctx) {
      const name = ctx.name();
      await ctx.given(name, ctx.bytes(3_001, 1));
      const target = join(ctx.scratch, "target");
      await plant(target, ctx.bytes(77, 2));
      await plantLink(ctx, target, ctx.at("to-file"));
      await plantLink(ctx, join(ctx.scratch, "absent"), ctx.at("to-nothing"));
      await plantLink(ctx, "absent-beside", ctx.at("to-nothing-beside"));
      const before = await snapshot(ctx.root);
      const outside = await snapshot(ctx.scratch);
      for (const label of ["to-file", "to-nothing", "to-nothing-beside"]) {
        for (const options of [undefined, { overwrite: false }]) {
          const what = `a download without overwrite to a symlink ${label}`;
          const { callback, calls, evidence } = traceCalls();
          const given = { ...options, callback };
          const download = ctx.download(name, ctx.at(label), given);
          await expectCode(ctx, download, "FILE_EXISTS", what);
          expect(ctx, calls.length === 0, {
            expected: `${what}: no transfer`,
            observed: "the callback was called",
            evidence: [evidence()],
          });
          await expectUntouched(ctx, ctx.root, before, what);
          await expectUntouched(ctx, ctx.scratch, outside, what);
        }
      }
    },
  },
  {
    id: "OVW-8",
    clauses: [12],
    level: "should",
    title: "with overwrite a hard link elsewhere keeps the old bytes",
    explain:
      "The name is replaced, not the file: a new file takes the name. If the other link shows the new bytes, the file was written in place.",
    async run(ctx) {
      const [name, bytes, old] = [
        ctx.name(),
        ctx.bytes(2_003, 1),
        ctx.bytes(4_001, 2),
      ];
      await ctx.given(name, bytes);
      const [path, link] = [ctx.at("file"), ctx.at("other-link")];
      await plant(path, old);
      try {
        await fs.link(path, link);
      } catch {
        throw ctx.unverified("no hard links can be made here");
      }
      await ctx.download(name, path, { overwrite: true });
      await expectFile(ctx, path, bytes, "the replaced name");
      await expectFile(ctx, link, old, "the other hard link");
    },
  },
  {
    id: "OVW-11",
    clauses: [12],
    level: "must",
    title: "with overwrite a symlink is itself replaced, its target stays",
    explain:
      "What was a symlink is a regular file afterwards. If the target has the new bytes, or was made, the download wrote through the link.",
    async run(ctx) {
      const [name, bytes, old] = [
        ctx.name(),
        ctx.bytes(2_011, 1),
        ctx.bytes(97, 2),
      ];
      await ctx.given(name, bytes);
      const target = join(ctx.scratch, "target");
      await plant(target, old);
      await plantLink(ctx, target, ctx.at("to-file"));
      await plantLink(ctx, join(ctx.scratch, "absent"), ctx.at("to-nothing"));
      const outside = await snapshot(ctx.scratch);
      for (const label of ["to-file", "to-nothing"]) {
        await ctx.download(name, ctx.at(label), { overwrite: true });
        const what = `what was a symlink ${label}`;
        await expectFile(ctx, ctx.at(label), bytes, what);
        await expectUntouched(ctx, ctx.scratch, outside, what, { clause: 12 });
      }
    },
  },
  {
    id: "OVW-12",
    clauses: [12, 11],
    level: "must",
    title: "a directory that appears at the destination is never replaced",
    explain:
      "The system refuses to rename a file over a directory; the store must tell that and not clear the way, also if the directory is empty.",
    async run(ctx) {
      const name = ctx.name();
      await ctx.given(name, ctx.bytes(60_013, 1));
      for (const overwrite of [false, true]) {
        await checkDirectoryAppears(ctx, name, overwrite, true);
        await checkDirectoryAppears(ctx, name, overwrite, false);
      }
    },
  },
  ...ovwDeviceCases,
  ...ovwWireCases,
];

async function checkDirectoryAppears(
  ctx: CaseContext,
  name: string,
  overwrite: boolean,
  isEmpty: boolean,
): Promise<void> {
  const label = `${isEmpty ? "empty" : "full"}-${overwrite}`;
  const path = ctx.at(label);
  const inside = ctx.at(label, "inside");
  const what = `a download with overwrite: ${overwrite} at whose destination ${
    isEmpty ? "an empty" : "a"
  } directory appears`;
  let inode: number | undefined;
  const moment = at(ctx, "last", () => {
    sync.mkdirSync(path);
    if (!isEmpty) sync.writeFileSync(inside, "inside");
    inode = sync.lstatSync(path).ino;
  });
  const { callback } = moment;
  const download = ctx.download(name, path, { overwrite, callback });
  await download.catch(() => {});
  await moment.check(what);
  await expectInTheWay(ctx, download, overwrite, what);
  expectEqual(ctx, (await look(path))?.ino, inode, `${what}: its inode`);
  const found = (await fs.readdir(path)).join();
  expectEqual(ctx, found, isEmpty ? "" : "inside", `${what}: what is in it`);
}
