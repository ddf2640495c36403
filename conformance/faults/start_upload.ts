import type { Channel } from "./channel.ts";
import type { Pieces } from "./pieces.ts";
import type { Silences } from "./silences.ts";

/** A request on its way to the service. */
export interface Upload {
  /** True if the service takes no more. */
  isBroken: boolean;
  /** True if the client has sent everything. */
  isDone: boolean;
  /** True if the client has failed, or gone. */
  hasFailed: boolean;
  /** When the service has taken the last bytes, as `performance.now()` tells it. */
  takenAt: number;
  /** Resolves when the client has sent everything; rejects if it fails. */
  done: Promise<void>;
}

/** Begins to send a request to the service. When that takes no more, what the client still sends is thrown away: there may be an answer all the same. */
export function startUpload(
  service: Channel,
  { head, body }: { head: Uint8Array; body: Pieces },
  silences: Silences,
): Upload {
  const upload: Upload = {
    isBroken: false,
    isDone: false,
    hasFailed: false,
    takenAt: 0,
    done: Promise.resolve(),
  };
  async function write(bytes: Uint8Array): Promise<void> {
    if (upload.isBroken) return;
    const began = performance.now();
    try {
      await service.write(bytes);
    } catch {
      upload.isBroken = true;
    }
    silences.add(began);
    upload.takenAt = performance.now();
  }
  async function send(): Promise<void> {
    try {
      await write(head);
      for await (const { bytes } of body) await write(bytes);
      upload.isDone = true;
    } catch (error) {
      upload.hasFailed = true;
      service.close();
      throw error;
    }
  }
  upload.done = send();
  upload.done.catch(() => {});
  return upload;
}
