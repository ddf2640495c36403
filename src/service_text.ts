/** Characters of a service's message that are shown at most. */
const LONGEST = 200;
/** Codes of services are short words. */
const CODE = /^[A-Za-z][\w.:-]{0,63}$/;
/** Control characters, and those that hide or turn text around. */
const HIDDEN =
  // deno-lint-ignore no-control-regex -- these are what is looked for.
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+|\p{Cs}/gu;

/**
 * A code that a service has chosen, if it looks like one: errors, terminals and logs get no text of
 * another kind for it (clause 22).
 *
 * @param code What the service gave.
 * @returns The code, or `undefined` for what is no short word.
 */
export function cleanCode(code: unknown): string | undefined {
  return typeof code === "string" && CODE.test(code) ? code : undefined;
}

/**
 * A message that a service has chosen, as it can be shown: one line without control characters, and
 * no more than 200 characters of it (clause 22).
 *
 * @param message What the service gave.
 * @returns The message, or `undefined` if nothing is left of it.
 */
export function cleanMessage(message: unknown): string | undefined {
  if (typeof message !== "string") return undefined;
  // Of a long text four times as much is looked at as is shown: enough, whatever is taken out of it.
  const start = message.slice(0, 4 * LONGEST).replace(HIDDEN, " ")
    .replace(/\s+/g, " ").trim();
  const shown = start.length <= LONGEST ? start : `${start.slice(0, LONGEST)}…`;
  return shown === "" ? undefined : shown;
}

/**
 * Replaces secrets in a text, which a service may have repeated.
 *
 * @param text The text.
 * @param secrets What must not show; shorter than four characters they are left.
 * @returns The text without them.
 */
export function hideSecrets(
  text: string,
  secrets: readonly (string | undefined)[],
): string {
  return secrets.reduce<string>(
    (rest, secret) =>
      secret === undefined || secret.length < 4
        ? rest
        : rest.replaceAll(secret, "[not shown]"),
    text,
  );
}
