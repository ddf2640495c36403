import type { PartUpload } from "../driver.ts";

/** Milliseconds that a service has to forget an unfinished upload. */
const DISCARD_TIMEOUT = 30_000;

/**
 * Has the service forget an upload that has failed. Nobody hears that it could not, as what made the
 * upload fail is what the caller has to see.
 *
 * @param upload The upload, of which no part is being written any more.
 */
export async function discard(upload: PartUpload): Promise<void> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), DISCARD_TIMEOUT);
  try {
    await upload.discard({ signal: controller.signal });
  } catch {
    // What made the upload fail is what the caller has to see.
  } finally {
    clearTimeout(timer);
  }
}
