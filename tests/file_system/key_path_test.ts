import {
  assert,
  assertEquals,
  assertLessOrEqual,
  assertMatch,
  assertNotEquals,
} from "@std/assert";
import { decodePath, encodeKey } from "../../src/file_system/key_path.ts";
import { HOSTILE_KEYS } from "./hostile_keys.ts";

Deno.test("encodeKey() leaves plain names as they are, in directories that end in +", () => {
  assertEquals(encodeKey("a"), "a");
  assertEquals(
    encodeKey("runs/2026-01/epoch_1.bin"),
    "runs+/2026-01+/epoch_1.bin",
  );
});

Deno.test("encodeKey() writes upper case, other bytes and exposed dots out", () => {
  assertEquals(encodeKey("README.md"), "!r!e!a!d!m!e.md");
  assertEquals(encodeKey("é b"), "%c3%a9%20b");
  assertEquals(encodeKey(".x."), "%2ex%2e");
  assertEquals(encodeKey("../a"), "%2e%2e+/a");
  assertEquals(encodeKey("a//b/"), "a+/%+/b+/%");
});

Deno.test("encodeKey() keeps clear of the names of devices", () => {
  assertEquals(encodeKey("aux.txt"), "%61ux.txt");
  assertEquals(encodeKey("con/com1"), "%63on+/%63om1");
  assertEquals(encodeKey("console"), "console");
});

Deno.test("encodeKey() continues a long segment in a directory", () => {
  const piece = "a".repeat(200);
  assertEquals(encodeKey(`${piece}bc`), `${piece}=/bc`);
  assertEquals(encodeKey(`${piece}bc/d`), `${piece}=/bc+/d`);
  assertEquals(encodeKey(piece), piece);
});

Deno.test("encodeKey() packs a key whose path would be longer than 800 characters", () => {
  const longest = encodeKey("a".repeat(794));
  assertEquals([longest.length, longest.slice(0, 2)], [800, "aa"]);
  assertMatch(encodeKey("a".repeat(795)), /^=\/[0-9a-z]{200}=\//);
  assertMatch(
    encodeKey("é".repeat(512)),
    /^=\/([0-9a-z]{200}=\/){8}[0-9a-z]{39}$/,
  );
});

Deno.test("decodePath() gives every hostile key back", () => {
  for (const key of HOSTILE_KEYS) {
    assertEquals(decodePath(encodeKey(key)), key);
  }
});

Deno.test("encodeKey() gives hostile keys paths that differ, also where case is folded and text normalised", () => {
  const keys = new Set(HOSTILE_KEYS);
  const paths = new Set(
    [...keys].map((key) => encodeKey(key).toUpperCase().normalize("NFKC")),
  );
  assertEquals(paths.size, keys.size);
});

Deno.test("encodeKey() gives hostile keys paths of which none needs the file of another as a directory", () => {
  const files = new Set(HOSTILE_KEYS.map(encodeKey));
  for (const path of files) {
    const names = path.split("/");
    for (let depth = 1; depth < names.length; depth++) {
      assertEquals(files.has(names.slice(0, depth).join("/")), false, path);
    }
  }
});

Deno.test("encodeKey() gives hostile keys paths that are safe on every system", () => {
  for (const key of HOSTILE_KEYS) assertSafe(encodeKey(key));
});

Deno.test("encodeKey() and decodePath() agree on random keys", () => {
  const random = makeRandom(20260110);
  const paths = new Map<string, string>();
  for (let round = 0; round < 20_000; round++) {
    const key = makeKey(random);
    const path = encodeKey(key);
    assertSafe(path);
    assertEquals(decodePath(path), key);
    assertEquals(paths.get(path) ?? key, key);
    paths.set(path, key);
  }
});

Deno.test("decodePath() knows only the one path of a key", () => {
  for (
    const path of [
      ...["", "A", "%61", "%2E", "!", "a!", "%e9", "%c3", "%zz", "%0", "a b"],
      ...[".hidden", "a.", "..", "../a", "/a", "a/b", "a+", "a=", "a=/b", "+"],
      ...["con", "aux.txt", "a+/", "=", "=/", "=/0", "=/a+/b", "+/a", "=/l"],
      ...["a".repeat(201), "a".repeat(199) + "=/a", "!ab+/!B", "%%", "a+/%%"],
    ]
  ) {
    assertEquals(decodePath(path), undefined, path);
  }
});

Deno.test("decodePath() changed by one character never gives the same key", () => {
  for (const key of HOSTILE_KEYS.filter((key) => key.length < 300)) {
    const path = encodeKey(key);
    for (let index = 0; index < path.length; index++) {
      const other = path.slice(0, index) + "x" + path.slice(index + 1);
      if (other !== path) assertNotEquals(decodePath(other), key);
    }
  }
});

function assertSafe(path: string): void {
  assertLessOrEqual(path.length, 1660);
  for (const name of path.split("/")) {
    assertMatch(name, /^[a-z0-9!%=+._-]+$/);
    assertLessOrEqual(name.length, 205);
    assert(!name.startsWith(".") && !name.endsWith("."), path);
    assert(!/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/.test(name), path);
  }
}

const ALPHABETS = [
  [..."abAB/"],
  [..."aA.%!+=/"],
  [..."cCoOnNaAuUxX1./"],
  ["/", "é", "e\u0301", "😀", "\ufeff", " ", "\\", "\n", "\x01", "日"],
];

function makeKey(random: () => number): string {
  const alphabet = ALPHABETS[Math.floor(random() * ALPHABETS.length)] ?? [];
  const room = random() < 0.1 ? 1024 : 12;
  const encoder = new TextEncoder();
  let key = "";
  for (let size = 0;;) {
    const character = alphabet[Math.floor(random() * alphabet.length)] ?? "";
    size += encoder.encode(character).length;
    if (size > room) return key;
    key += character;
    if (random() < 1 / room) return key;
  }
}

/** Mulberry32: the same keys in every run. */
function makeRandom(seed: number): () => number {
  return () => {
    seed = seed + 0x6d2b79f5 | 0;
    let value = Math.imul(seed ^ seed >>> 15, 1 | seed);
    value = value + Math.imul(value ^ value >>> 7, 61 | value) ^ value;
    return ((value ^ value >>> 14) >>> 0) / 2 ** 32;
  };
}
