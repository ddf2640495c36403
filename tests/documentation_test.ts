import { assert, assertEquals } from "@std/assert";
import {
  type DeclarationDoc,
  type DocComment,
  readDocumentation,
  type SymbolDoc,
} from "./documentation.ts";
import { REPOSITORY } from "./repository_files.ts";

const LEAST_SHARE = 0.95;

const { exports } = JSON.parse(
  await Deno.readTextFile(new URL("deno.json", REPOSITORY)),
) as { exports: Record<string, string> };
const symbols: readonly SymbolDoc[] = [
  ...(await readDocumentation(Object.values(exports))).values(),
].flat();

/** What a reader sees of a symbol: not a further listing of it in another entry, and not the signature that overloads hide. */
function shown({ declarations }: SymbolDoc): readonly DeclarationDoc[] {
  const own = declarations.filter(({ kind }) => kind !== "reference");
  const isOverloaded = own.filter(({ kind }) => kind === "function").length > 1;
  return isOverloaded ? own.filter(({ def }) => !def?.hasBody) : own;
}

function hasText(comment: DocComment | undefined): boolean {
  return Boolean(comment?.doc) ||
    (comment?.tags ?? []).some(({ doc }) => doc);
}

/** Names of a symbol and its public members, and whether each has a doc comment. */
function listDocumented(symbol: SymbolDoc): [string, boolean][] {
  return shown(symbol).flatMap(({ jsDoc, def }): [string, boolean][] => [
    [symbol.name, hasText(jsDoc)],
    ...[def?.constructors, def?.methods, def?.properties].flat()
      .filter((member) => member && member.accessibility !== "private")
      .map((member): [string, boolean] => [
        `${symbol.name}.${member!.name}`,
        hasText(member!.jsDoc),
      ]),
  ]);
}

Deno.test("at least 95 % of what the entries export is documented, members included", () => {
  const all = symbols.flatMap(listDocumented);
  const missing = all.filter(([, isDocumented]) => !isDocumented);
  const share = 1 - missing.length / all.length;
  assert(all.length > 400, `only ${all.length} were found`);
  assert(
    share >= LEAST_SHARE,
    `${missing.length} of ${all.length} are not: ${
      missing.map(([name]) => name).join(", ")
    }`,
  );
});

Deno.test("every exported function and class has an example", () => {
  // One for all overloads of a function is enough.
  const missing = symbols.filter((symbol) => {
    const found = shown(symbol).filter(({ kind }) =>
      kind === "function" || kind === "class"
    );
    return found.length > 0 &&
      !found.some(({ jsDoc }) =>
        (jsDoc?.tags ?? []).some((tag) => tag.kind === "example")
      );
  });
  assertEquals(missing.map(({ name }) => name), []);
});

Deno.test("every entry says what it is for", async () => {
  for (const path of Object.values(exports)) {
    const text = await Deno.readTextFile(new URL(path, REPOSITORY));
    assert(/^\/\*\*\n \* [\s\S]+? \* @module\n \*\//.test(text), path);
  }
});
