import { nodeBuffer } from "../platform/builtins.ts";

/** Most characters of an encoded segment in one name on disk; what follows goes into a directory of that name. */
const PIECE_LENGTH = 200;
/** Most characters of a plain path; beyond it a key is packed. macOS allows 1024 bytes with the root. */
const LONGEST_PLAIN_PATH = 800;
/** The directory of all packed keys, and what the names of continued pieces end with. */
const CONTINUED = "=";
/** The end of the names of the directories that stand for a key's segments. */
const DIRECTORY = "+";

/** An empty segment on disk: no escape of a character looks like it. */
const EMPTY = "%";
/** 32 characters in which no device name can be spelt. */
const PACKED_DIGITS = "0123456789abcdefghijkmnqrstvwxyz";
const PLAIN_PIECE = /^(?:[a-z0-9._-]|![a-z]|%[0-9a-f]{2})+$/;
const PACKED_PIECE = /^[0-9a-kmnq-tv-z]+$/;
/** Names that Windows keeps for devices, whatever their extension. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/;

/**
 * Computes where the object of a key lies, relative to the root: a path that is safe
 * where names are folded in case, normalised, or forbidden (Windows), and is
 * never that of another key. {@linkcode decodePath} gives the key back.
 *
 * The segments of the key become directories that end in `+`, the last one the
 * file, so that `a` and `a/b` can both be objects. `a–z 0–9 . _ -` stay as
 * they are, `A` becomes `!a`, any other byte of the UTF-8 `%xx`. So do a dot
 * at the start or the end and the first letter of a device name. An empty
 * segment is `%`. After 200 characters a segment goes on in a directory that
 * ends in `=`. A key whose path would be longer than 800 characters is packed
 * instead: below the directory `=`, its bytes in base 32 in pieces of 200
 * characters. No name is longer than 205 characters, no path than 1660.
 *
 * @param key The key: well-formed, at most 1024 bytes of UTF-8.
 * @returns The path, with `/` between its names.
 */
export function encodeKey(key: string): string {
  const names = key.split("/").map(encodeSegment);
  const path = names.join(`${DIRECTORY}/`);
  return path.length <= LONGEST_PLAIN_PATH ? path : packKey(key);
}

/**
 * Computes the key whose object lies at a path.
 *
 * @param path What {@linkcode encodeKey} may have returned.
 * @returns The key, or `undefined` if no key has this path.
 */
export function decodePath(path: string): string | undefined {
  let place: KeyPlace | undefined = ROOT_PLACE;
  const names = path.split("/");
  const last = names.pop() ?? "";
  for (const name of names) place = place && enterDirectory(place, name);
  return place && decodeFile(place, last);
}

/** A directory below the root, and what the keys of all objects in it begin with. */
export interface KeyPlace {
  /** The path, relative to the root, that ends in `/` unless it is the root's. */
  readonly path: string;
  /** The beginning of the keys, one character a byte of the UTF-8. */
  readonly bytes: string;
  /** True if the keys in it are packed. */
  readonly isPacked: boolean;
}

/** The root, in which every key lies. */
export const ROOT_PLACE: KeyPlace = { path: "", bytes: "", isPacked: false };

/**
 * Says what a directory found in a place means.
 *
 * @param place Where it was found.
 * @param name Its name.
 * @returns The place, or `undefined` if no object can lie there.
 */
export function enterDirectory(
  place: KeyPlace,
  name: string,
): KeyPlace | undefined {
  const path = `${place.path}${name}/`;
  if (place === ROOT_PLACE && name === CONTINUED) {
    return { path, bytes: "", isPacked: true };
  }
  const piece = decodePiece(place, name.slice(0, -1));
  if (piece === undefined) return undefined;

  const bytes = place.bytes + piece;
  if (name.endsWith(CONTINUED)) return { ...place, path, bytes };
  return name.endsWith(DIRECTORY) && !place.isPacked
    ? { path, bytes: `${bytes}/`, isPacked: false }
    : undefined;
}

/**
 * Computes the key of a file found in a place.
 *
 * @param place Where it was found.
 * @param name Its name.
 * @returns The key, or `undefined` if it is not an object.
 */
export function decodeFile(place: KeyPlace, name: string): string | undefined {
  const piece = decodePiece(place, name);
  if (piece === undefined) return undefined;

  const key = decodeUtf8(place.bytes + piece);
  // Only one path is right: `%61` is not another way to write `a`.
  return key !== undefined && encodeKey(key) === place.path + name
    ? key
    : undefined;
}

function encodeSegment(segment: string): string {
  if (segment === "") return EMPTY;
  const pieces: string[][] = [[]];
  let length = 0;
  for (const byte of nodeBuffer.Buffer.from(segment)) {
    const token = encodeByte(byte);
    length += token.length;
    if (length > PIECE_LENGTH) {
      pieces.push([]);
      length = token.length;
    }
    pieces.at(-1)?.push(token);
  }
  return pieces.map(protectPiece).join(`${CONTINUED}/`);
}

function encodeByte(byte: number): string {
  const character = String.fromCharCode(byte);
  if (/[a-z0-9._-]/.test(character)) return character;
  if (/[A-Z]/.test(character)) return `!${character.toLowerCase()}`;
  return escapeByte(byte);
}

function escapeByte(byte: number): string {
  return `%${byte.toString(16).padStart(2, "0")}`;
}

/** Names that begin with a dot are free for temporary files; dots at the end vanish on Windows. */
function protectPiece(tokens: string[]): string {
  const last = tokens.length - 1;
  const isDevice = DEVICE.test(tokens.join(""));
  return tokens.map((token, index) => {
    const isExposed = token === "." && (index === 0 || index === last);
    return isExposed || (isDevice && index === 0)
      ? escapeByte(token.charCodeAt(0))
      : token;
  }).join("");
}

function packKey(key: string): string {
  let digits = "";
  let bits = 0;
  let value = 0;
  for (const byte of nodeBuffer.Buffer.from(key)) {
    value = (value << 8 | byte) & 0xfff;
    bits += 8;
    for (; bits >= 5; bits -= 5) {
      digits += PACKED_DIGITS[value >> bits - 5 & 31];
    }
  }
  if (bits > 0) digits += PACKED_DIGITS[value << 5 - bits & 31];

  const pieces = digits.match(new RegExp(`.{1,${PIECE_LENGTH}}`, "g")) ?? [];
  return `${CONTINUED}/${pieces.join(`${CONTINUED}/`)}`;
}

function decodePiece(place: KeyPlace, piece: string): string | undefined {
  if (place.isPacked) return unpackPiece(piece);
  if (piece === EMPTY) return "";
  if (!PLAIN_PIECE.test(piece)) return undefined;
  return piece.replace(
    /!([a-z])|%([0-9a-f]{2})/g,
    (_, letter: string | undefined, hex: string) =>
      letter?.toUpperCase() ?? String.fromCharCode(parseInt(hex, 16)),
  );
}

/** A piece that is continued has 200 digits, which are 125 whole bytes. */
function unpackPiece(piece: string): string | undefined {
  if (!PACKED_PIECE.test(piece)) return undefined;
  let bytes = "";
  let bits = 0;
  let value = 0;
  for (const digit of piece) {
    value = (value << 5 | PACKED_DIGITS.indexOf(digit)) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes += String.fromCharCode(value >> bits & 255);
  }
  return bytes;
}

function decodeUtf8(bytes: string): string | undefined {
  try {
    return UTF8.decode(nodeBuffer.Buffer.from(bytes, "latin1"));
  } catch {
    return undefined;
  }
}

/** A byte order mark is part of a key. */
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
