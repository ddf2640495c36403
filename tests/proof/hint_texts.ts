import { listFiles, REPOSITORY } from "../repository_files.ts";

/** Where hints are written: `hint: …`, `const hint = …`, and constants and functions that are named for them. */
const PLACES = /\bhint(?::|\s=)\s*|_HINT\b[^=\n]*=\s*|\breturn\s+(?=["`])/g;
/** Functions whose texts are hints. */
const FUNCTIONS = /\bfunction (?:likelyCause|\w*Hint)\b[\s\S]*?\n}\n/g;
const FOLDERS = ["cases/", "checks/", "runner/"];

/** A text that some failure may have as its hint. */
export interface HintText {
  /** The file, below `conformance/`. */
  readonly file: string;
  /** It, or of one that is put together the longest part that is always the same. */
  readonly text: string;
}

/** Finds the hints that the kit's own failures can have, by reading its source. */
export async function findHintTexts(): Promise<HintText[]> {
  const found: HintText[] = [];
  const files = (await listFiles(/\.ts$/)).filter((path) =>
    FOLDERS.some((folder) => path.startsWith(`conformance/${folder}`))
  );
  for (const path of files) {
    const source = await Deno.readTextFile(new URL(path, REPOSITORY));
    const bodies = [...source.matchAll(FUNCTIONS)].map(([body]) => body);
    const rest = bodies.reduce((left, body) => left.replace(body, ""), source)
      .replace(/\breturn\s+/g, "");
    for (const text of [rest, ...bodies].flatMap(readHints)) {
      found.push({ file: path.replace("conformance/", ""), text });
    }
  }
  const seen = new Set<string>();
  return found.filter(({ text }) => !seen.has(text) && seen.add(text));
}

/** The texts behind each place, up to the end of the expression. */
function readHints(source: string): string[] {
  return [...source.matchAll(PLACES)].flatMap(({ index, 0: { length } }) => {
    const texts: string[] = [];
    let depth = 0;
    for (let at = index + length; at < source.length; at++) {
      const letter = source[at]!;
      if ('"`'.includes(letter)) {
        const end = endOfText(source, at);
        texts.push(toPart(source.slice(at + 1, end)));
        at = end;
      } else if ("([{".includes(letter)) depth++;
      else if (")]}".includes(letter)) depth--;
      if (depth < 0 || (depth === 0 && ",;".includes(letter))) break;
    }
    return texts.filter((text) => text.length > 8);
  });
}

function endOfText(source: string, start: number): number {
  let at = start + 1;
  while (at < source.length && source[at] !== source[start]) {
    at += source[at] === "\\" ? 2 : 1;
  }
  return at;
}

function toPart(text: string): string {
  return text.replace(/\\(.)/g, "$1").split(/\$\{[^}]*\}/)
    .reduce((longest, part) => part.length > longest.length ? part : longest);
}
