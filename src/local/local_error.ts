/** The code of a local file error, such as `ENOENT`; `undefined` if it has none. */
export function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code;
}

/**
 * Makes a local file error as the system would (clause 23).
 *
 * @param code Such as `EISDIR`.
 * @param reason In words.
 * @param path Which file.
 */
export function localError(code: string, reason: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${reason}, '${path}'`), {
    code,
    path,
  });
}
