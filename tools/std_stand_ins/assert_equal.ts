/**
 * The deep comparison behind the assertions that stand in for `@std/assert`. `node:assert` will not
 * do: it tells `0` from `-0`, and takes two errors with different stacks for equal.
 *
 * @module
 */

type Key = string | symbol;
type Indexed = Record<Key, unknown>;

/** Whether two values are equal by value, as `@std/assert` sees it. */
export function equal(a: unknown, b: unknown): boolean {
  return compare(a, b, new Map());
}

function compare(
  a: unknown,
  b: unknown,
  seen: Map<unknown, unknown>,
): boolean {
  if (a === b || Object.is(a, b)) return true;
  if (!isObject(a) || !isObject(b)) return false;
  if (a instanceof Date && b instanceof Date) {
    return Object.is(a.getTime(), b.getTime());
  }
  if (!haveSamePrototype(a, b)) return false;
  if (ArrayBuffer.isView(a) && !(a instanceof DataView)) {
    return compareNumbers(a, b);
  }
  if (isBuffer(a)) {
    return compareNumbers(
      new Uint8Array(a),
      new Uint8Array(b as unknown as ArrayBuffer),
    );
  }
  if (a instanceof WeakMap || a instanceof WeakSet) {
    const kind = a instanceof WeakMap ? "WeakMap" : "WeakSet";
    throw new TypeError(`Cannot compare ${kind} instances`);
  }
  if (a instanceof WeakRef) {
    return compare(a.deref(), (b as unknown as WeakRef<WeakKey>).deref(), seen);
  }
  if (seen.get(a) === b) return true;
  if (Object.keys(a).length !== Object.keys(b).length) return false;
  seen.set(a, b);

  if (isCollection(a) && isCollection(b)) return compareEntries(a, b, seen);
  if (isWrittenAsText(a)) return String(a) === String(b);
  return [...keysOf(a), ...keysOf(b)].every((key) =>
    (key in a) === (key in b) && compare(a[key], b[key], seen)
  );
}

function isObject(value: unknown): value is Indexed {
  return typeof value === "object" && value !== null;
}

/** An object without a prototype counts as a plain one. */
function haveSamePrototype(a: object, b: object): boolean {
  return prototypeOf(a) === prototypeOf(b);
}

function prototypeOf(value: object): object {
  return Object.getPrototypeOf(value) ?? Object.prototype;
}

function compareNumbers(a: unknown, b: unknown): boolean {
  const left = a as ArrayLike<number>;
  const right = b as ArrayLike<number>;
  if (left.length !== right.length) return false;
  for (let i = 0; i < left.length; i++) {
    if (left[i] !== right[i] && !Object.is(left[i], right[i])) return false;
  }
  return true;
}

function isBuffer(value: object): value is ArrayBuffer {
  return value instanceof ArrayBuffer || value instanceof SharedArrayBuffer;
}

type Collection = Map<unknown, unknown> | Set<unknown>;

function isCollection(value: unknown): value is Collection & Indexed {
  return value instanceof Map || value instanceof Set;
}

/** Keys may be objects that are equal without being the same, so each is looked for among all. */
function compareEntries(
  a: Collection,
  b: Collection,
  seen: Map<unknown, unknown>,
): boolean {
  if (a.size !== b.size) return false;
  const others = [...b.entries()];
  return [...a.entries()].every(([key, value]) => {
    if (!isObject(key)) {
      if (!b.has(key)) return false;
      return b instanceof Set || compare(value, b.get(key), seen);
    }
    return others.some(([otherKey, otherValue]) =>
      compare(key, otherKey, seen) && compare(value, otherValue, seen)
    );
  });
}

function isWrittenAsText(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return [RegExp, URL, URLSearchParams, Intl.Locale]
    .some((type) => prototype === type.prototype);
}

/** Own keys, hidden ones too, and for instances those of their classes (getters count). */
function keysOf(value: object): Set<Key> {
  const keys = new Set<Key>();
  let layer: object | null = value;
  while (layer && layer !== Object.prototype && layer !== Array.prototype) {
    Reflect.ownKeys(layer).forEach((key) => keys.add(key));
    layer = Object.getPrototypeOf(layer);
  }
  return keys;
}
