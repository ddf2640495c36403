import type { ObjectContent } from "../object_store.ts";
import type { RetryRun } from "./run.ts";

/**
 * Keeps what combines two signals as long as an object is being read. Where there was nothing to
 * combine, nothing stands between the reader and the store.
 *
 * @param content What the store has given.
 * @param run What the attempts have needed.
 */
export function followContent(
  content: ObjectContent,
  run: RetryRun<unknown>,
): ObjectContent {
  if (!run.isCombined) return content;
  const inner = content.stream;
  let reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined;

  async function releasing<T>(result: Promise<T>): Promise<T> {
    try {
      return await result;
    } finally {
      run.release();
    }
  }
  const stream = new ReadableStream({
    type: "bytes",
    async pull(controller) {
      try {
        reader ??= inner.getReader();
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        run.release();
        controller.close();
        controller.byobRequest?.respond(0);
      } catch (error) {
        run.release();
        controller.error(error);
      }
    },
    cancel: (reason) => releasing((reader ?? inner).cancel(reason)),
  }, { highWaterMark: 0 }) as ReadableStream<Uint8Array<ArrayBuffer>>;
  return {
    size: content.size,
    stream,
    bytes: () => releasing(content.bytes()),
    text: () => releasing(content.text()),
  };
}
