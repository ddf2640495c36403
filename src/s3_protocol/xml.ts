const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

/**
 * The texts of all elements of a name in an answer of S3, which has neither
 * attributes that matter, nor elements nested in one of their own name.
 *
 * @param xml The answer.
 * @param name The element's name.
 * @returns What is between the tags, still encoded.
 */
export function elements(xml: string, name: string): string[] {
  const pattern = new RegExp(
    `<${name}(?:\\s[^>]*)?(?:/>|>([^]*?)</${name}>)`,
    "g",
  );
  return [...xml.matchAll(pattern)].map(([, inner = ""]) => inner);
}

/**
 * The text of the first element of a name, decoded.
 *
 * @param xml The answer.
 * @param name The element's name.
 */
export function textOf(xml: string, name: string): string | undefined {
  const [inner] = elements(xml, name);
  return inner === undefined ? undefined : decode(inner);
}

/** Decodes the entities of a text. */
export function decode(text: string): string {
  return text.replace(
    /&(?:#x([0-9a-f]+)|#(\d+)|([a-z]+));/gi,
    (whole, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined) return ENTITIES[name] ?? whole;
      return String.fromCodePoint(
        hex === undefined ? Number(decimal) : parseInt(hex, 16),
      );
    },
  );
}

/** Encodes a text for an element. */
export function encode(text: string): string {
  return text.replace(
    /[&<>"'\r\n\t]/g,
    (char) => `&#${char.codePointAt(0)};`,
  );
}
