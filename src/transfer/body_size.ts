import { StoreFailure } from "../driver.ts";

/**
 * Passes the chunks of a body on that has to have exactly so many bytes.
 *
 * @param body The body.
 * @param size How many bytes it has to have.
 * @throws {StoreFailure} If it has fewer or more.
 */
export async function* readExactly(
  body: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<Uint8Array, void> {
  let done = 0;
  for await (const chunk of body) {
    if (done + chunk.length > size) throw tooLong(size);
    done += chunk.length;
    if (chunk.length > 0) yield chunk;
  }
  if (done < size) throw tooShort(done, size);
}

/** The failure of a body that has more bytes than it should. */
export function tooLong(size: number): StoreFailure {
  return new StoreFailure(
    "TRANSIENT",
    `the service sent more than the ${size} bytes it had announced`,
  );
}

/** The failure of a body that ends before it should. */
export function tooShort(done: number, size: number): StoreFailure {
  return new StoreFailure(
    "TRANSIENT",
    `the body ended after ${done} of ${size} bytes`,
  );
}
