/** Characters that a path segment of a URL carries as themselves, by RFC 3986; everything else is `%XX`. */
const ENCODED_TOO: Readonly<Record<string, string>> = {
  "!": "%21",
  "'": "%27",
  "(": "%28",
  ")": "%29",
  "*": "%2A",
};

/**
 * Encodes a string for the path or the query of a signed request: each byte
 * that RFC 3986 does not reserve as itself, every other as `%XX`. The server
 * computes the signature from exactly this form.
 *
 * @param text A well-formed string.
 */
export function encodeStrictly(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => ENCODED_TOO[char]!,
  );
}

/**
 * Encodes an object's key as a path, its slashes kept. Never through `URL`,
 * which would resolve segments such as `%2e%2e`.
 *
 * @param key A well-formed key.
 */
export function encodePath(key: string): string {
  return key.split("/").map(encodeStrictly).join("/");
}

/**
 * Encodes a query in the order that a signature needs.
 *
 * @param query Names and values; an empty value is a bare name.
 */
export function encodeQuery(query: Readonly<Record<string, string>>): string {
  return Object.entries(query)
    .map(([name, value]) => [encodeStrictly(name), encodeStrictly(value)])
    .sort(([a], [b]) => (a! < b! ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

/** Characters that XML 1.0 cannot hold, not even escaped. */
// deno-lint-ignore no-control-regex -- they are what is looked for.
const NOT_IN_XML = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;

/**
 * Says why S3 cannot keep a key exactly, as the end of a sentence, or `undefined`:
 * servers and clients resolve or drop empty, `.` and `..` segments, and some
 * servers list other characters in place of those that XML cannot hold, so
 * that such a key would become another one.
 *
 * @param key The key.
 */
export function refusedKeyReason(key: string): string | undefined {
  if (NOT_IN_XML.test(key)) return "it has a character that XML cannot hold";
  for (const segment of key.split("/")) {
    if (segment === "") return "it has an empty segment";
    if (segment === "." || segment === "..") {
      return `it has a segment '${segment}'`;
    }
  }
  return undefined;
}
