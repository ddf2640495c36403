/**
 * Splits a command into its words, as a shell does: at white space outside of quotes, with `\\` before
 * a character that is meant literally. Nothing is expanded, and no shell is started.
 *
 * @throws {TypeError} If a quote is not closed, or there is no word.
 */
export function splitCommand(command: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < command.length; at++) {
    const character = command[at]!;
    if (quote !== "'" && character === "\\" && at + 1 < command.length) {
      word = (word ?? "") + command[++at];
    } else if (quote !== "" && character === quote) {
      quote = "";
    } else if (quote === "" && /["']/.test(character)) {
      quote = character;
      word ??= "";
    } else if (quote === "" && /\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? "") + character;
    }
  }
  if (quote !== "") throw new TypeError(`the quote ${quote} is not closed`);
  if (word !== undefined) words.push(word);
  if (words.length === 0) throw new TypeError("it has no words");
  return words;
}
