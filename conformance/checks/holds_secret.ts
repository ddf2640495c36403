/**
 * Tells whether a text holds a secret: as it is, escaped for a URL, or in
 * Base64, also as the end of something longer, as in `Basic` credentials.
 */
export function holdsSecret(text: string, secret: string): boolean {
  if (secret === "") return false;
  return [secret, encodeURIComponent(secret), ...inBase64(secret)]
    .some((form) => text.includes(form));
}

/** A secret too short to be told from chance is not looked for inside something longer. */
const LEAST = 6;

/** The forms of a secret in Base64, wherever in the encoded bytes it begins: the characters that nothing else has a part in. */
function inBase64(secret: string): string[] {
  const bytes = new TextEncoder().encode(secret);
  const whole = toBase64(bytes);
  if (bytes.length < LEAST) return [whole];
  const inside = [0, 1, 2].map((before) => {
    const end = before + bytes.length;
    const shifted = new Uint8Array(end);
    shifted.set(bytes, before);
    // Four characters for three bytes: those of bytes of the secret alone.
    return toBase64(shifted).slice(
      Math.ceil(before * 8 / 6),
      Math.floor(end * 8 / 6),
    );
  });
  return [whole, ...inside, ...inside.map(toUrlAlphabet)];
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

function toUrlAlphabet(text: string): string {
  return text.replaceAll("+", "-").replaceAll("/", "_");
}
