/** A method of a content that gives its bytes once. */
const GIVING = ["bytes", "text"] as const;

/**
 * Tells of a failure of what `readObject()` has handed out, which the promise of the method says
 * nothing of any more. Whoever reads notices nothing: the stream stays the one that it is, and what
 * cannot be watched so, as a frozen object, is left alone.
 *
 * @param content What the method has resolved with.
 * @param onError Is told, at most once for each stream and call.
 */
export function watchContent(
  content: unknown,
  onError: (error: unknown) => void,
): void {
  if (typeof content !== "object" || content === null) return;
  for (const method of GIVING) {
    replace(content, method, (give) => {
      if (typeof give !== "function") return give;
      return (...args: unknown[]) =>
        watch(Reflect.apply(give, content, args), onError);
    });
  }
  replace(content, "stream", (stream) => {
    if (stream instanceof ReadableStream) watchStream(stream, onError);
    return stream;
  });
}

/** The kit reads by readers; what goes through a pipe is told by its end. */
function watchStream(
  stream: ReadableStream,
  onError: (error: unknown) => void,
): void {
  // Once only, whoever asks how often for the stream.
  if (Object.hasOwn(stream, "getReader")) return;
  replace(stream, "getReader", (getReader) => (...args: unknown[]) => {
    const reader = Reflect.apply(getReader as () => unknown, stream, args);
    watch((reader as { closed: unknown }).closed, onError);
    return reader;
  });
}

/** Passes a promise on, and is told if it rejects. */
function watch<T>(promise: T, onError: (error: unknown) => void): T {
  if (promise instanceof Promise) promise.then(undefined, onError);
  return promise;
}

/** Puts another value in the place of a member, or of what its getter gives: only where that is allowed. */
function replace(
  object: object,
  key: string,
  change: (value: unknown) => unknown,
): void {
  const found = findDescriptor(object, key);
  if (found === undefined || !Object.isExtensible(object)) return;
  const own = Object.getOwnPropertyDescriptor(object, key);
  if (own?.configurable === false) return;
  const { get, enumerable = false } = found;
  Object.defineProperty(
    object,
    key,
    get
      ? {
        get: () => change(Reflect.apply(get, object, [])),
        enumerable,
        configurable: true,
      }
      : {
        value: change(found.value),
        writable: true,
        enumerable,
        configurable: true,
      },
  );
}

function findDescriptor(
  object: object,
  key: string,
): PropertyDescriptor | undefined {
  for (
    let at: object | null = object;
    at !== null;
    at = Object.getPrototypeOf(at)
  ) {
    const found = Object.getOwnPropertyDescriptor(at, key);
    if (found) return found;
  }
  return undefined;
}
