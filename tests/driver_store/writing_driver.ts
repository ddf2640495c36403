import type {
  PartUpload,
  StoreDriver,
  TransferSettings,
  UploadBody,
} from "../../src/driver.ts";
import { makeDriver } from "./make_driver.ts";

/** How a {@linkcode WritingDriver} takes objects. */
export interface WritingOptions {
  /** Whether it takes uploads in parts. */
  readonly hasParts?: boolean;
  readonly settings?: TransferSettings;
  /** Comes before each part is taken. */
  readonly onPart?: (index: number, attempt: number) => void | Promise<void>;
  /** Comes before an object becomes visible. */
  readonly onCommit?: () => void | Promise<void>;
}

/** A driver that keeps what is stored, and tells how it came. */
export class WritingDriver {
  /** What was asked. */
  readonly calls: string[] = [];
  /** What is stored. */
  stored: Uint8Array | undefined;
  /** The media type of the last object. */
  contentType: string | undefined;
  /** Bytes of parts that are under way now, and the most there were. */
  held = 0;
  mostHeld = 0;
  readonly driver: StoreDriver;

  constructor(options: WritingOptions = {}) {
    const { hasParts = true, settings, onCommit } = options;
    this.driver = makeDriver({
      ...settings ? { settings } : {},
      put: async (_key, body, { contentType, signal }) => {
        this.calls.push(`put ${body.size}`);
        this.contentType = contentType;
        const bytes = await readAll(body);
        await onCommit?.();
        signal.throwIfAborted();
        this.stored = bytes;
      },
      ...hasParts
        ? {
          startUpload: (_key, size, { contentType }) => {
            this.calls.push(`start ${size}`);
            this.contentType = contentType;
            return Promise.resolve(this.#upload(options));
          },
        }
        : {},
    });
  }

  #upload({ onPart, onCommit }: WritingOptions): PartUpload {
    const parts: Uint8Array[] = [];
    return {
      writePart: async (part) => {
        this.held += part.size;
        this.mostHeld = Math.max(this.mostHeld, this.held);
        try {
          for (let attempt = 1;; attempt++) {
            // It is read anew for each attempt.
            const bytes = await readAll(part);
            try {
              await onPart?.(part.index, attempt);
            } catch (error) {
              if (error === TRY_AGAIN) continue;
              throw error;
            }
            parts[part.index] = bytes;
            break;
          }
        } finally {
          this.held -= part.size;
        }
        this.calls.push(`part ${part.index} at ${part.offset}+${part.size}`);
      },
      commit: async ({ signal }) => {
        await onCommit?.();
        signal.throwIfAborted();
        this.calls.push("commit");
        this.stored = new Uint8Array(
          await new Blob(parts as BlobPart[]).arrayBuffer(),
        );
      },
      discard: () => {
        this.calls.push("discard");
        return Promise.resolve();
      },
    };
  }
}

/** What `onPart` throws to have the part read once more. */
export const TRY_AGAIN = new Error("once more");

async function readAll(body: UploadBody): Promise<Uint8Array> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for await (const chunk of body.chunks(1 << 16)) chunks.push(chunk.slice());
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}
