/**
 * Runs a function with something that is disposed of when it has ended, as
 * `await using` does: that is syntax which Node 22 does not know, and JSR's
 * npm registry leaves it as it is.
 *
 * @param resource What is disposed of; `undefined` is passed on.
 * @param body The function.
 * @returns What the function returns.
 */
export async function disposeAfter<T, R>(
  resource: T & (AsyncDisposable | Disposable | undefined),
  body: (resource: T) => Promise<R>,
): Promise<R> {
  try {
    return await body(resource);
  } finally {
    await dispose(resource);
  }
}

async function dispose(
  resource: AsyncDisposable | Disposable | undefined,
): Promise<void> {
  if (resource === undefined) return;
  if (Symbol.asyncDispose in resource) await resource[Symbol.asyncDispose]();
  else resource[Symbol.dispose]();
}
