/** A seed for a run that has none: eight hexadecimal digits. */
export function randomSeed(): string {
  return toHex(crypto.getRandomValues(new Uint32Array(1))[0] ?? 0);
}

/**
 * Deterministic bytes. Different keys or salts differ in every region of a
 * few bytes; salts that are numbers less than 256 apart differ in the first
 * byte, so that objects of one byte differ, too.
 *
 * @param size The count of bytes.
 * @param key What they derive from: the run's seed and the case's id.
 * @param salt Tells the bytes of one case apart.
 */
export function seededBytes(
  size: number,
  key: string,
  salt: number | string,
): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(size / 4));
  let [x, y, z, w] = hash(`${key}\n${typeof salt}\n${salt}`);
  for (let i = 0; i < words.length; i++) {
    // Marsaglia's xorshift128.
    const t = x ^ (x << 11);
    x = y;
    y = z;
    z = w;
    w = w ^ (w >>> 19) ^ t ^ (t >>> 8);
    words[i] = w;
  }
  const bytes = new Uint8Array(words.buffer, 0, size);
  if (size > 0 && typeof salt === "number") {
    bytes[0] = hash(key)[0] + salt;
  }
  return bytes;
}

/** Eight hexadecimal digits that derive from a text. */
export function seededHex(text: string): string {
  return toHex(hash(text)[0] >>> 0);
}

function toHex(word: number): string {
  return word.toString(16).padStart(8, "0");
}

/** 128 bits of a text, after cyrb128. They are never all zero. */
function hash(text: string): [number, number, number, number] {
  let [a, b, c, d] = [1779033703, 3144134277, 1013904242, 2773480762];
  for (let i = 0; i < text.length; i++) {
    const k = text.charCodeAt(i);
    a = b ^ Math.imul(a ^ k, 597399067);
    b = c ^ Math.imul(b ^ k, 2869860233);
    c = d ^ Math.imul(c ^ k, 951274213);
    d = a ^ Math.imul(d ^ k, 2716044179);
  }
  a = Math.imul(c ^ (a >>> 18), 597399067);
  b = Math.imul(d ^ (b >>> 22), 2869860233);
  c = Math.imul(a ^ (c >>> 17), 951274213);
  d = Math.imul(b ^ (d >>> 19), 2716044179);
  return [a ^ b ^ c ^ d, b ^ a, c ^ a, (d ^ a) | 1];
}
