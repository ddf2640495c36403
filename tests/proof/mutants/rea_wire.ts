import { type OpenObject, StoreFailure } from "../../../src/driver.ts";
import type { ByteRange, StoredObject } from "../reference/backing.ts";
import type { Call } from "../reference/call.ts";
import { HttpDriver } from "../reference/http_driver.ts";
import httpHarness from "../reference/http_harness.ts";
import { HttpObjectStore } from "../reference/http_store.ts";
import type { ObjectContent } from "../../../src/object_store.ts";
import type { Mutant } from "./mutant.ts";
import { type HttpMutantDetails, ofHttpPowers } from "./of_http.ts";

const reads = (details: Omit<HttpMutantDetails, "group">): Mutant =>
  ofHttpPowers({ group: "rea_wire", ...details });

/** A store whose bodies pass through this before they are read. */
function withBodies(
  change: (body: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>,
): typeof HttpDriver {
  return class extends HttpDriver {
    override async openFrom(
      ...args: Parameters<HttpDriver["openFrom"]>
    ): Promise<OpenObject> {
      const object = await super.openFrom(...args);
      const { readRange } = object;
      return {
        ...object,
        body: change(object.body),
        readRange: (...range) => change(readRange!(...range)),
      };
    }
  };
}

/** Stores whose reads are wrong where the service or the network is. */
export const reaWireMutants: readonly Mutant[] = [
  reads({
    name: "rea-lost-is-the-end",
    description: "a stream ends where its connection is lost",
    caughtBy: ["REA-6", "REA-12", "REA-13", "REA-14", "DEL-7"],
    store: class extends HttpObjectStore {
      protected override async readNext(
        call: Call,
        object: StoredObject,
        position: number,
        end: number,
      ): Promise<Uint8Array> {
        try {
          return await super.readNext(call, object, position, end);
        } catch (error) {
          if (!(error instanceof StoreFailure)) throw error;
          return new Uint8Array();
        }
      }
    },
  }),
  reads({
    name: "rea-last-byte-lost",
    description: "the last byte, where it alone is lost, is made up",
    subtle: true,
    caughtBy: ["REA-12", "REA-15"],
    driver: class extends HttpDriver {
      override async openFrom(
        ...args: Parameters<HttpDriver["openFrom"]>
      ): Promise<OpenObject> {
        const object = await super.openFrom(...args);
        const body = allButOne(object.body, object.bodySize);
        return { ...object, body };
      }
    },
  }),
  reads({
    name: "rea-damage-is-the-end",
    description: "a body whose checksum is wrong is given all the same",
    subtle: true,
    caughtBy: ["REA-13"],
    driver: withBodies(async function* (body) {
      try {
        yield* body;
      } catch (error) {
        const isDamaged = error instanceof StoreFailure &&
          /damaged/.test(error.reason);
        if (!isDamaged) throw error;
      }
    }),
  }),
  reads({
    name: "rea-whole-for-a-range",
    description: "does not look which range an answer has",
    subtle: true,
    caughtBy: ["REA-14"],
    driver: class extends HttpDriver {
      protected override beginsAt(): boolean {
        return true;
      }
    },
  }),
  reads({
    name: "rea-gives-up",
    description: "what is lost once ends the stream",
    caughtBy: ["REA-15"],
    driver: class extends HttpDriver {
      override readonly readAttempts = 1;
    },
  }),
  reads({
    name: "rea-cancel-reads-on",
    description: "what is no longer wanted is read to its end",
    subtle: true,
    caughtBy: ["REA-16"],
    store: class extends HttpObjectStore {
      protected override async openRange(
        call: Call,
        range: ByteRange,
      ): Promise<StoredObject> {
        const object = await this.raceAbort(
          call,
          this.backing.openRange(call.key, range),
        );
        if (!object) throw this.notFound(call);
        return { ...pick(object), close: () => Promise.resolve() };
      }
    },
  }),
  reads({
    name: "rea-reads-ahead",
    description: "takes what the service sends, whoever waits",
    subtle: true,
    caughtBy: ["REA-18"],
    store: class extends HttpObjectStore {
      protected override toContent(
        object: StoredObject,
        stream: ObjectContent["stream"],
      ): ObjectContent {
        const room = { highWaterMark: 1e9, size: () => 1 };
        const ahead = new TransformStream<
          Uint8Array<ArrayBuffer>,
          Uint8Array<ArrayBuffer>
        >({}, room, room);
        return super.toContent(object, stream.pipeThrough(ahead));
      }
    },
    members: {
      capabilities: [
        ...httpHarness.capabilities ?? [],
        "streaming",
      ],
    },
  }),
  reads({
    name: "rea-forbidden-is-missing",
    description: "what is forbidden to read is taken for missing",
    subtle: true,
    caughtBy: ["REA-19"],
    store: class extends HttpObjectStore {
      protected override translate(call: Call, error: unknown): unknown {
        const isForbidden = error instanceof StoreFailure &&
          error.code === "PERMISSION_DENIED" && call.action === "read";
        return isForbidden ? this.notFound(call) : super.translate(call, error);
      }
    },
  }),
];

/** A body of which the last byte may be missing. */
async function* allButOne(
  body: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<Uint8Array> {
  let came = 0;
  try {
    for await (const chunk of body) {
      came += chunk.length;
      yield chunk;
    }
  } catch (error) {
    if (size < 2 || came !== size - 1) throw error;
    yield new Uint8Array(1);
  }
}

/** The parts of an object that a class has as methods. */
function pick(object: StoredObject): StoredObject {
  return {
    size: object.size,
    read: (position, length) => object.read(position, length),
    close: () => object.close(),
  };
}
