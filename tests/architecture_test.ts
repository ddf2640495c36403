import { assert, assertEquals } from "@std/assert";
import { listPublished, stripComments } from "../tools/publish_check.ts";
import { listFiles, REPOSITORY } from "./repository_files.ts";

/**
 * Floors of the house, lowest first. A file imports from its own folder and from lower floors
 * only. What stands on one line shares a floor, and does not import each other.
 */
const FLOORS: readonly (readonly string[])[] = [
  ["src/object_store.ts", "src/errors.ts", "src/refusal.ts"],
  [
    "src/object_name.ts",
    "src/driver.ts",
    "src/failure_codes.ts",
    "src/service_text.ts",
    "src/powers.ts",
  ],
  ["src/failure.ts", "src/check_access.ts"],
  ["src/platform/"],
  ["src/operation/"],
  ["src/local/"],
  ["src/transfer/", "src/retry/", "src/requests/"],
  ["src/driver_store/"],
  ["src/file_system/", "src/s3_protocol/http/"],
  ["src/s3_protocol/"],
  ["src/s3/", "src/minio/", "src/opendal/"],
  ["src/open/"],
  ["mod.ts"],
  // What can be broken on the wire, in words: the model speaks of it, the proxy does it.
  ["conformance/faults/fault.ts"],
  ["conformance/faults/tcp_fault.ts"],
  ["conformance/model/"],
  ["conformance/checks/"],
  ["conformance/faults/"],
  // Stores in other languages: the runner, and the processes that it starts, open them.
  ["conformance/language/"],
  ["conformance/cases/shared/"],
  ["conformance/cases/*/"],
  ["conformance/cases/"],
  ["conformance/runner/watch/"],
  ["conformance/runner/process/"],
  ["conformance/runner/"],
  ["conformance/diagnosis/"],
  ["conformance/report/"],
  ["conformance/test_object_store.ts", "conformance/cli/"],
  ["conformance/mod.ts", "conformance/cli.ts"],
  ["tools/std_stand_ins/"],
  ["examples/"],
  ["tools/servers/"],
  ["tools/services/"],
  ["tools/", "bench/"],
  ["tests/"],
];
/** Floors whose folders below are rooms of the same floor: these import within the floor as they like. */
const OPEN = ["bench/", "tests/"];
/**
 * Everything that the kit may see of `src/`: it judges stores that were made with another copy of
 * the package. The proxy signs requests anew with the signer of the S3 store.
 */
const SEEN_BY_THE_KIT = [
  "src/object_store.ts",
  "src/s3_protocol/sign_request.ts",
];
/** A doc comment says what a thing is or does, and does not begin with a question about it. */
const BEGINS_WITH_QUESTION = /\/\*\*\s*(?:\n\s*\* )?(?:What|How|Whether|Why)\b/;
/** Terms that nobody else uses, and two words for one thing. */
const TERMS: Readonly<Record<string, RegExp>> = {
  "solo": /\bsolo[A-Z]?\w*|\bSolo[A-Z]\w*|\bSOLO\b/,
  "WORTH, ENOUGH, FEW": /\b(?:WORTH|ENOUGH|FEW)\b/,
  "receipt, retold": /\b(?:[rR]eceipt|retold)\b/,
  '"the 3. of 5": say "number 3 of 5"': /\b(?:the|its) (?:\d+|\$\{\w+\})\. \w/,
  '"ask the size of": say "get the size of"': /["`]ask the size/,
};
const IMPORT = /(?:\bfrom\s*|\bimport\s*\(?\s*)"(\.{1,2}\/[^"?]+)/g;

interface Arrow {
  from: string;
  to: string;
}

Deno.test("every source stands on a floor of the house", async () => {
  const files = await listSources();
  assert(files.length > 400, `only ${files.length} sources were found`);
  assertEquals(files.filter((file) => floorOf(file) === undefined), []);
});

Deno.test("no import runs up, or sideways between rooms", async () => {
  const wrong = (await readArrows()).filter(({ from, to }) => {
    const [a, b] = [floorOf(from), floorOf(to)];
    if (a === undefined || b === undefined) return true;
    if (a.floor !== b.floor) return a.floor < b.floor;
    return a.room !== b.room && !OPEN.includes(a.name);
  });
  assertEquals(wrong.map(({ from, to }) => `${from} -> ${to}`), []);
});

Deno.test("no imports go round in a circle", async () => {
  const targets = Map.groupBy(await readArrows(), ({ from }) => from);
  const done = new Set<string>();
  const path: string[] = [];
  const circles: string[] = [];
  const visit = (file: string) => {
    if (path.includes(file)) {
      const circle = path.slice(path.indexOf(file));
      circles.push([...circle, file].join(" -> "));
      return;
    }
    if (done.has(file)) return;
    path.push(file);
    for (const { to } of targets.get(file) ?? []) visit(to);
    path.pop();
    done.add(file);
  };
  for (const file of targets.keys()) visit(file);
  assertEquals(circles, []);
});

Deno.test("what is published imports nothing that is not", async () => {
  const published = new Set(await listPublished());
  const wrong = (await readArrows()).filter(({ from, to }) =>
    published.has(from) && !published.has(to)
  );
  assertEquals(wrong.map(({ from, to }) => `${from} -> ${to}`), []);
});

// JSR's npm registry strips types and leaves the rest as it is.
Deno.test("what is published has no 'using', which Node 22 does not know", async () => {
  const wrong: string[] = [];
  for (const file of await listPublished()) {
    if (!file.endsWith(".ts")) continue;
    const text = stripComments(
      await Deno.readTextFile(new URL(file, REPOSITORY)),
    );
    if (/^\s*(?:await )?using \w+ =/m.test(text)) wrong.push(file);
  }
  assertEquals(wrong, []);
});

Deno.test("tools, benches and examples need nothing of tests/, not as the address of a module either", async () => {
  const wrong: string[] = [];
  for (const file of await listSources()) {
    if (!/^(bench|examples|tools)\//.test(file)) continue;
    const text = await Deno.readTextFile(new URL(file, REPOSITORY));
    const address = text.match(/"(?:\.{1,2}\/)+tests\/[^"]*"/)?.[0];
    if (address !== undefined) wrong.push(`${file} -> ${address}`);
  }
  assertEquals(wrong, []);
});

Deno.test("the kit sees the contract of src/ and nothing else", async () => {
  const wrong = (await readArrows()).filter(({ from, to }) =>
    from.startsWith("conformance/") && to.startsWith("src/") &&
    !SEEN_BY_THE_KIT.includes(to)
  );
  assertEquals(wrong.map(({ from, to }) => `${from} -> ${to}`), []);
});

Deno.test("no doc comment of what is published begins with What, How, Whether or Why", async () => {
  assertEquals(await findWords(BEGINS_WITH_QUESTION), []);
});

for (const [name, pattern] of Object.entries(TERMS)) {
  Deno.test(`what is published does not use ${name}`, async () => {
    assertEquals(await findWords(pattern), []);
  });
}

/** Places in published sources that match, each as `path:line`. */
async function findWords(pattern: RegExp): Promise<string[]> {
  const found: string[] = [];
  for (const path of await listSources()) {
    if (!/^(?:mod\.ts$|src\/|conformance\/)/.test(path)) continue;
    const text = await Deno.readTextFile(new URL(path, REPOSITORY));
    for (const { index } of text.matchAll(new RegExp(pattern, "g"))) {
      found.push(`${path}:${text.slice(0, index).split("\n").length}`);
    }
  }
  return found;
}

/** Where a file stands: its floor from below, and the room on it. */
function floorOf(
  file: string,
): { floor: number; name: string; room: string } | undefined {
  let found: { floor: number; name: string; room: string } | undefined;
  for (const [floor, names] of FLOORS.entries()) {
    for (const name of names) {
      const room = matchRoom(file, name);
      if (room === undefined) continue;
      // The longest name counts: src/s3_protocol/http/ before src/s3_protocol/.
      const longest = found?.room.length ?? -1;
      const isCloser = room.length > longest ||
        (room.length === longest && name === room);
      if (isCloser) found = { floor, name, room };
    }
  }
  return found;
}

function matchRoom(file: string, name: string): string | undefined {
  if (!name.endsWith("/*/")) return file.startsWith(name) ? name : undefined;
  const parent = name.slice(0, -2);
  if (!file.startsWith(parent)) return undefined;
  const end = file.indexOf("/", parent.length);
  return end < 0 ? undefined : file.slice(0, end + 1);
}

async function readArrows(): Promise<Arrow[]> {
  const arrows: Arrow[] = [];
  for (const from of await listSources()) {
    const url = new URL(from, REPOSITORY);
    const text = stripComments(await Deno.readTextFile(url));
    for (const [, specifier = ""] of text.matchAll(IMPORT)) {
      const to = new URL(specifier, url).href.slice(REPOSITORY.href.length);
      // What a test writes into a file of its own is no import of the test.
      if (await isFile(new URL(to, REPOSITORY))) arrows.push({ from, to });
    }
  }
  return arrows;
}

async function isFile(url: URL): Promise<boolean> {
  try {
    return (await Deno.stat(url)).isFile;
  } catch {
    return false;
  }
}

async function listSources(): Promise<string[]> {
  return ["mod.ts", ...await listFiles(/\.ts$/)];
}
