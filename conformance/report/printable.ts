const LONGEST = 2_000;
// Control characters but the line break, invisible ones, and those that change the direction of text.
const HIDDEN =
  // deno-lint-ignore no-control-regex -- these are what is looked for.
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|\p{Cs}/gu;

/**
 * Text that a store or a service chose, as it can be shown: what a terminal would obey or nobody
 * would see is escaped (`\u{feff}`), and more than 2000 characters of a line are cut.
 *
 * @param text The text; its line breaks stay.
 * @returns The text to show.
 */
export function printable(text: string): string {
  return text.split("\n").map((line) => {
    const cut = line.length <= LONGEST
      ? line
      : `${line.slice(0, LONGEST)}… (${line.length - LONGEST} more characters)`;
    return cut.replace(
      HIDDEN,
      (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
    );
  }).join("\n");
}
