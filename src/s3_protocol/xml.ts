const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

/** The character for a reference to none. */
const NO_CHARACTER = "\uFFFD";
const CDATA = "<![CDATA[";
const CDATA_END = "]]>";
/** Markup that is no element, and what ends it; the first that fits. */
const SKIPPED: readonly (readonly [start: string, end: string])[] = [
  ["<!--", "-->"],
  [CDATA, CDATA_END],
  ["<?", "?>"],
  ["<!", ">"],
];

/**
 * The texts of all elements of a name in an answer of S3, which has neither
 * attributes that matter, nor elements nested in one of their own name. It
 * takes one pass, whatever the answer is.
 *
 * @param xml The answer.
 * @param name The element's name.
 * @returns What is between the tags, still encoded. An element that does not end is left out.
 */
export function elements(xml: string, name: string): string[] {
  return [...eachElement(xml, name)];
}

/**
 * The text of the first element of a name, decoded.
 *
 * @param xml The answer.
 * @param name The element's name.
 */
export function textOf(xml: string, name: string): string | undefined {
  const { value: inner } = eachElement(xml, name).next();
  return inner === undefined ? undefined : decode(inner);
}

/**
 * Decodes a text: its references to characters, and its CDATA sections, which
 * hold none. What refers to no character of Unicode becomes U+FFFD.
 *
 * @param text What is between two tags.
 * @param onNoCharacter Is told of a reference to no character.
 */
export function decode(text: string, onNoCharacter = () => {}): string {
  let decoded = "";
  for (let at = 0;;) {
    const start = text.indexOf(CDATA, at);
    if (start < 0) {
      return decoded + decodeReferences(text.slice(at), onNoCharacter);
    }
    const from = start + CDATA.length;
    const end = text.indexOf(CDATA_END, from);
    decoded += decodeReferences(text.slice(at, start), onNoCharacter);
    if (end < 0) return decoded + text.slice(from);
    decoded += text.slice(from, end);
    at = end + CDATA_END.length;
  }
}

/**
 * The text of the first element of a name, decoded, where it is one.
 *
 * @param xml The answer.
 * @param name The element's name.
 * @returns `undefined` if there is no such element, or if it has a reference to no character.
 */
export function nameOf(xml: string, name: string): string | undefined {
  const { value: inner } = eachElement(xml, name).next();
  if (inner === undefined) return undefined;
  let isText = true;
  const text = decode(inner, () => isText = false);
  return isText ? text : undefined;
}

/**
 * Tells whether an answer is an error, whatever its status.
 *
 * @param xml The answer.
 */
export function isError(xml: string): boolean {
  return rootOf(xml) === "Error";
}

/**
 * The name of the element that an answer is.
 *
 * @param xml The answer.
 * @returns `undefined` if it does not begin as XML does.
 */
export function rootOf(xml: string): string | undefined {
  return /^\ufeff?\s*(?:<\?[^>]*\?>\s*)?<([\w.:-]+)[\s/>]/.exec(xml)?.[1];
}

/**
 * Tells whether a text may be the beginning of an answer that was cut off at once.
 *
 * @param text The text.
 * @param root The name of the element that the answer is.
 */
export function isBeginning(text: string, root: string): boolean {
  const start = text.trim();
  return start.startsWith("<?xml") ||
    ["<?xml", `<${root}`].some((whole) => whole.startsWith(start));
}

/**
 * Reads a truth value, which some services write with a capital.
 *
 * @param text The text of an element.
 */
export function isTrue(text: string | undefined): boolean {
  return text?.trim().toLowerCase() === "true";
}

/** Encodes a text for an element. */
export function encode(text: string): string {
  return text.replace(
    /[&<>"'\r\n\t]/g,
    (char) => `&#${char.codePointAt(0)};`,
  );
}

/** Goes from tag to tag; it never looks twice at the same place. */
function* eachElement(
  xml: string,
  name: string,
): Generator<string, undefined> {
  let inside: number | undefined;
  for (let at = xml.indexOf("<"); at >= 0; at = xml.indexOf("<", at)) {
    const skipped = SKIPPED.find(([start]) => xml.startsWith(start, at));
    const endMark = skipped?.[1] ?? ">";
    const end = xml.indexOf(endMark, at + (skipped?.[0].length ?? 1));
    if (end < 0) return;
    const tag = at;
    at = end + endMark.length;
    if (skipped) continue;
    if (inside !== undefined) {
      if (!isTag(xml, `</${name}`, tag)) continue;
      yield xml.slice(inside, tag);
      inside = undefined;
    } else if (isTag(xml, `<${name}`, tag)) {
      if (xml[end - 1] === "/") yield "";
      else inside = at;
    }
  }
}

/** Tells whether a tag begins so, and its name does not go on. */
function isTag(xml: string, start: string, at: number): boolean {
  if (!xml.startsWith(start, at)) return false;
  return /[\s/>]/.test(xml[at + start.length] ?? "");
}

function decodeReferences(text: string, onNoCharacter: () => void): string {
  // Of bounded length, so that no `&` has the rest of the text searched.
  return text.replace(
    /&(?:#x([0-9a-f]{1,32})|#(\d{1,32})|([a-z]{1,8}));/gi,
    (whole, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined) {
        return Object.hasOwn(ENTITIES, name) ? ENTITIES[name]! : whole;
      }
      const code = hex === undefined ? Number(decimal) : parseInt(hex, 16);
      const isCharacter = isScalar(code);
      if (!isCharacter) onNoCharacter();
      return isCharacter ? String.fromCodePoint(code) : NO_CHARACTER;
    },
  );
}

function isScalar(code: number): boolean {
  return code <= 0x10FFFF && !(code >= 0xD800 && code <= 0xDFFF);
}
