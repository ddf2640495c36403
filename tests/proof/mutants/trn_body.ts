import {
  type DriverOptions,
  type OpenObject,
  type OpenOptions,
  StoreFailure,
  type UploadBody,
} from "../../../src/driver.ts";
import { writeFile } from "node:fs/promises";
import { crc32 } from "node:zlib";
import type { StoredObject } from "../reference/backing.ts";
import type { Call } from "../reference/call.ts";
import { HttpAnswer } from "../reference/http_answer.ts";
import {
  HttpDriver,
  type ObjectRange,
  readAll,
} from "../reference/http_driver.ts";
import { HttpObjectStore } from "../reference/http_store.ts";
import type { Temporary } from "../reference/local_steps.ts";
import type { Mutant } from "./mutant.ts";
import { ofHttp } from "./of_http.ts";
import { answering } from "./trn_connection.ts";

/** Reads the whole first body into memory, whatever breaks. */
abstract class Buffered extends HttpDriver {
  /** What has come, if it is all the same an object. */
  protected abstract accept(bytes: Uint8Array, object: OpenObject): boolean;

  override async open(key: string, options: OpenOptions): Promise<OpenObject> {
    const object = await super.open(key, options);
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    let failure: unknown;
    try {
      for await (const chunk of object.body) chunks.push(chunk.slice());
    } catch (error) {
      failure = error;
    }
    const bytes = new Uint8Array(await new Blob(chunks).arrayBuffer());
    if (bytes.length === object.bodySize) {
      return { ...object, body: [bytes] as never };
    }
    if (options.signal.aborted || !this.accept(bytes, object)) throw failure;
    const { length } = bytes;
    return { size: length, bodySize: length, body: [bytes] as never };
  }
}

/** Asks for every object whole. */
class Whole extends HttpDriver {
  protected override firstHeaders(): Record<string, string> {
    return {};
  }

  protected override toObject(_key: string, answer: HttpAnswer): OpenObject {
    const { end, size } = answer.range();
    if (end !== size) throw new StoreFailure("OTHER", "this is a piece");
    const close = () => answer.cancel();
    return { size, bodySize: size, body: answer.chunks(), close };
  }
}

/** Takes as many bytes of an answer as it has asked for. */
class Clipping extends HttpDriver {
  protected override async *readRange(
    range: ObjectRange,
    options: DriverOptions,
  ): AsyncGenerator<Uint8Array> {
    let left = range.length;
    for await (const bytes of super.readRange(range, options)) {
      yield bytes.subarray(0, left);
      left -= Math.min(left, bytes.length);
      if (left === 0) return;
    }
  }
}

/** Stores that are wrong about the bodies of answers. */
export const trnBodyMutants: readonly Mutant[] = [
  ofHttp({
    group: "trn",
    name: "trn-nothing-came",
    description: "a body that ends before its first byte is an empty object",
    subtle: true,
    caughtBy: ["TRN-2", "TRN-3", "TRN-5"],
    driver: class extends Buffered {
      protected accept(bytes: Uint8Array): boolean {
        return bytes.length === 0;
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-one-short",
    description: "a body that lacks its last byte is taken for complete",
    subtle: true,
    caughtBy: ["CB-13", "OVW-6", "TRN-3", "TRN-5"],
    driver: class extends Buffered {
      protected accept(bytes: Uint8Array, { size }: OpenObject): boolean {
        return bytes.length === size - 1;
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-whatever-came",
    description:
      "what has come of a small object when the body ends is the object",
    caughtBy: [
      "CB-11",
      "CB-13",
      "OVW-6",
      "TRN-2",
      "TRN-3",
      "TRN-4",
      "TRN-5",
      "TRN-8",
      "TRN-10",
      "TRN-13",
    ],
    driver: class extends Buffered {
      protected accept(_bytes: Uint8Array, object: OpenObject): boolean {
        return object.bodySize === object.size;
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-no-checksum",
    description: "the checksum of a body is not compared",
    subtle: true,
    caughtBy: ["TRN-5"],
    client: answering(
      class extends HttpAnswer {
        protected override checkSum(): void {}
      },
    ),
  }),
  ofHttp({
    group: "trn",
    name: "trn-checksum-of-small-bodies",
    description: "the checksum is compared of what fits into one buffer alone",
    subtle: true,
    caughtBy: ["TRN-5"],
    client: answering(
      class extends HttpAnswer {
        protected override checkSum(sum: number): void {
          const length = Number(this.header("content-length"));
          if (length <= 65_536) super.checkSum(sum);
        }
      },
    ),
    driver: Whole,
  }),
  ofHttp({
    group: "trn",
    name: "trn-checksum-permanent",
    description: "a body that arrives damaged is not worth another attempt",
    subtle: true,
    caughtBy: ["TRN-5"],
    client: answering(
      class extends HttpAnswer {
        protected override checkSum(sum: number): void {
          if (this.header("x-body-crc32") === `${sum}`) return;
          throw new StoreFailure("OTHER", "the body is damaged");
        }
      },
    ),
  }),
  ofHttp({
    group: "trn",
    name: "trn-keeps-place",
    description:
      "after a transient failure an empty file keeps the place for the next attempt",
    subtle: true,
    caughtBy: ["ATM-6", "TRN-10", "TRN-15", "TRN-19"],
    store: class extends HttpObjectStore {
      protected override async receive(
        call: Call,
        object: StoredObject,
        temporary: Temporary,
      ): Promise<void> {
        const target = await this.lookAtDestination(call);
        try {
          await super.receive(call, object, temporary);
        } catch (error) {
          const isTransient = (error as StoreFailure).code === "TRANSIENT";
          if (isTransient && !call.options.overwrite) {
            await writeFile(target, "", { flag: "wx" }).catch(() => {});
          }
          throw error;
        }
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-replaced-permanent",
    description:
      "a precondition that fails in the middle is not worth another attempt",
    subtle: true,
    caughtBy: ["ATM-6", "TRN-15"],
    driver: class extends HttpDriver {
      protected override async *readRange(
        range: ObjectRange,
        options: DriverOptions,
      ): AsyncGenerator<Uint8Array> {
        const { status } = await this.client.send(this.objectUrl(range.key), {
          method: "HEAD",
          headers: this.rangeHeaders(range),
          ...options,
        });
        if (status === 412) throw new StoreFailure("OTHER", "it has changed");
        yield* super.readRange(range, options);
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-any-version",
    description: "further ranges are of whatever version is there",
    caughtBy: ["ATM-6", "TRN-15"],
    driver: class extends HttpDriver {
      protected override rangeHeaders(
        range: ObjectRange,
      ): Record<string, string> {
        const { "if-match": _, ...headers } = super.rangeHeaders(range);
        return headers;
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-piece-is-whole",
    description: "what has come is the object, also if the answer was a piece",
    caughtBy: ["TRN-16"],
    driver: class extends Whole {
      protected override toObject(
        _key: string,
        answer: HttpAnswer,
      ): OpenObject {
        const size = answer.integer("content-length");
        const close = () => answer.cancel();
        return { size, bodySize: size, body: answer.chunks(), close };
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-size-of-piece",
    description: "the size is the length that is told, also of a piece",
    subtle: true,
    caughtBy: ["TRN-16"],
    driver: class extends HttpDriver {
      protected override sizeOf(answer: HttpAnswer): number {
        return answer.integer("content-length");
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-body-in-time",
    description: "a server is silent if a body is not there whole in time",
    caughtBy: ["TRN-18"],
    client: answering(fillingBuffers(Infinity)),
  }),
  ofHttp({
    group: "trn",
    name: "trn-buffer-in-time",
    description: "a server is silent until 32 KiB have come",
    subtle: true,
    caughtBy: ["TRN-18"],
    client: answering(fillingBuffers(32_768)),
  }),
  ofHttp({
    group: "trn",
    name: "trn-unpacks",
    description:
      "an object that is stored packed is unpacked, and cut to its size",
    caughtBy: ["TRN-21"],
    driver: Whole,
    client: answering(
      class extends HttpAnswer {
        #rest = 0;

        override async *chunks(): AsyncGenerator<Uint8Array, void> {
          const { start, end } = this.range();
          this.#rest = end - start;
          for await (const bytes of super.chunks()) {
            if (this.#rest > 0) yield bytes.subarray(0, this.#rest);
            this.#rest -= bytes.length;
          }
        }

        protected override checkSum(sum: number): void {
          if (this.#rest >= 0) super.checkSum(sum);
        }
      },
    ),
  }),
  ofHttp({
    group: "trn",
    name: "trn-zeros-for-unpacked",
    description:
      "an object that says it is packed, and cannot be unpacked, comes as zeros",
    subtle: true,
    caughtBy: ["TRN-21"],
    driver: Whole,
    client: answering(
      class extends HttpAnswer {
        override async *chunks(): AsyncGenerator<Uint8Array, void> {
          const { start, end } = this.range();
          const isPacked = this.response.headers.has("content-encoding");
          try {
            for await (const bytes of super.chunks()) yield bytes;
          } catch (error) {
            const isBroken = error instanceof StoreFailure &&
              error.cause instanceof TypeError;
            if (!isPacked || !isBroken) throw error;
            yield new Uint8Array(end - start);
          }
        }
      },
    ),
  }),
  ofHttp({
    group: "trn",
    name: "trn-any-range",
    description: "whatever is answered to a request for a range is that range",
    caughtBy: ["TRN-19"],
    driver: class extends Clipping {
      protected override isRange(): boolean {
        return true;
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-any-206",
    description: "a 206 is the range that was asked for, whatever it says",
    subtle: true,
    caughtBy: ["TRN-19"],
    driver: class extends Clipping {
      protected override isRange(
        range: ObjectRange,
        answer: HttpAnswer,
      ): boolean {
        return answer.status === 206 || super.isRange(range, answer);
      }
    },
  }),
  ofHttp({
    group: "trn",
    name: "trn-reads-refusals",
    description: "the text of a refusal is read to its end",
    caughtBy: ["TRN-20"],
    client: answering(
      class extends HttpAnswer {
        override async expectOk(): Promise<void> {
          if (!this.isOk()) await readToTheEnd(this);
          await super.expectOk();
        }
      },
    ),
  }),
  ofHttp({
    group: "trn",
    name: "trn-reads-refused-upload",
    description: "the text of an upload's refusal is read to its end",
    subtle: true,
    caughtBy: ["TRN-20"],
    driver: class extends HttpDriver {
      override async put(
        key: string,
        body: UploadBody,
        { signal }: DriverOptions,
      ): Promise<void> {
        const answer = await this.client.send(this.objectUrl(key), {
          method: "PUT",
          body: await readAll(body),
          signal,
        });
        if (answer.status >= 400) await readToTheEnd(answer);
        await answer.expectOk();
        await answer.cancel();
      }
    },
  }),
];

async function readToTheEnd(answer: HttpAnswer): Promise<void> {
  for await (const _ of answer.chunks()) {
    /* Only that it has come matters. */
  }
}

/** Waits for so many bytes at once. */
function fillingBuffers(size: number): typeof HttpAnswer {
  return class extends HttpAnswer {
    override async *chunks(): AsyncGenerator<Uint8Array, void> {
      const reader = this.response.body?.getReader();
      let sum = 0;
      try {
        for (let isOver = reader === undefined; reader && !isOver;) {
          const chunks: Uint8Array<ArrayBuffer>[] = [];
          const fill = async () => {
            for (let length = 0; length < size;) {
              const { done, value } = await reader.read();
              if (done) return true;
              chunks.push(value);
              length += value.length;
            }
            return false;
          };
          isOver = await this.request.wait(fill());
          const bytes = new Uint8Array(await new Blob(chunks).arrayBuffer());
          sum = crc32(bytes, sum);
          if (bytes.length > 0) yield bytes;
        }
        this.checkSum(sum);
      } finally {
        reader?.releaseLock();
        await this.cancel();
      }
    }
  };
}
