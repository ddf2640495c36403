import { connect, type Socket } from "node:net";
import type { StoredObject } from "../reference/backing.ts";
import type { Call } from "../reference/call.ts";
import type { Temporary } from "../reference/local_steps.ts";
import { memoryHarness } from "../reference/memory_harness.ts";
import { MemoryObjectStore } from "../reference/memory_store.ts";
import { RespBacking } from "../reference/resp_backing.ts";
import {
  type Command,
  ConnectionError,
  RespClient,
  Silence,
} from "../reference/resp_client.ts";
import type { RespValue } from "../reference/resp_parser.ts";
import { RespStore } from "../reference/resp_store.ts";
import { ofResp } from "./of_resp.ts";
import type { Mutant } from "./mutant.ts";

const LARGE = 2 ** 19;

/** Sends a piece again that was lost, although it may be there. */
class SendsAgain extends RespClient {
  override async send(
    command: Command,
    signal?: AbortSignal,
  ): Promise<RespValue> {
    try {
      return await super.send(command, signal);
    } catch (error) {
      const isPiece = command[0] === "APPEND";
      if (!isPiece || !(error instanceof ConnectionError)) throw error;
      return await super.send(command, signal);
    }
  }
}

/** Puts a piece at the end of what is there. */
class Appends extends RespBacking {
  protected override async writePiece(
    data: string,
    chunk: Uint8Array,
    _offset: number,
    signal?: AbortSignal,
  ): Promise<void> {
    await this.client.send(["APPEND", data, chunk], signal);
  }
}

/** Ends the connections of other commands when one is lost, if `takes` says so. */
function endingOthers(
  takes: (command: Command) => boolean,
): typeof RespClient {
  return class extends RespClient {
    readonly #running = new Map<AbortController, Command>();
    override async send(
      command: Command,
      signal?: AbortSignal,
    ): Promise<RespValue> {
      const own = new AbortController();
      const all = AbortSignal.any([own.signal, ...(signal ? [signal] : [])]);
      this.#running.set(own, command);
      try {
        return await super.send(command, all);
      } catch (error) {
        if (!own.signal.aborted && !signal?.aborted && takes(command)) {
          for (const [other, running] of this.#running) {
            if (other !== own && takes(running)) {
              other.abort(new ConnectionError("the connection was lost"));
            }
          }
        }
        throw error;
      } finally {
        this.#running.delete(own);
      }
    }
  };
}

/** Takes what has come of a bulk reply for the whole, if its connection ends in one of these ways. */
function believing(...ways: ("end" | "close")[]): typeof RespBacking {
  return class extends RespBacking {
    protected override async readPiece(
      data: string,
      position: number,
      length: number,
      signal?: AbortSignal,
    ): Promise<Uint8Array> {
      const client = this.client as Listening;
      client.lastWay = undefined;
      try {
        return await super.readPiece(data, position, length, signal);
      } catch (error) {
        const way = client.lastWay;
        if (way === undefined || !ways.includes(way)) throw error;
        return new Uint8Array(length);
      }
    }
  };
}

/** Remembers how the last connection has ended. */
class Listening extends RespClient {
  lastWay: "end" | "close" | undefined;
  protected override async connect(signal?: AbortSignal): Promise<Socket> {
    const socket = await super.connect(signal);
    socket.once("end", () => this.lastWay ??= "end");
    socket.once("close", () => this.lastWay ??= "close");
    return socket;
  }
}

/** Mutants for group TCP. */
export const tcpMutants: readonly Mutant[] = [
  ofResp({
    name: "tcp-client-errors",
    description: "what the client throws comes out as it is",
    caughtBy: ["TCP-1", "TCP-2", "TCP-3", "TCP-4", "TCP-5", "TCP-9"],
    store: class extends RespStore {
      protected override translate(_call: Call, error: unknown): unknown {
        return error;
      }
    },
  }),
  ofResp({
    name: "tcp-refused-is-no-loss",
    description: "a refused connection is not transient",
    subtle: true,
    caughtBy: ["TCP-1"],
    store: class extends RespStore {
      protected override translate(call: Call, error: unknown): unknown {
        return String(error).includes("ECONNREFUSED")
          ? error
          : super.translate(call, error);
      }
    },
  }),
  ofResp({
    name: "tcp-appends-again",
    description: "sends an APPEND again after a lost answer",
    caughtBy: ["TCP-2"],
    // Of operations side by side it may be another whose answer is lost.
    mayBeCaughtBy: ["TCP-9"],
    client: SendsAgain,
    backing: Appends,
  }),
  ofResp({
    name: "tcp-appends-again-later",
    description: "sends an APPEND again, but not the first one",
    subtle: true,
    caughtBy: ["TCP-2"],
    mayBeCaughtBy: ["TCP-9"],
    client: class extends SendsAgain {
      readonly #begun = new Set<unknown>();
      override send(
        command: Command,
        signal?: AbortSignal,
      ): Promise<RespValue> {
        const [name, key] = command;
        if (name !== "APPEND" || this.#begun.has(key)) {
          return super.send(command, signal);
        }
        this.#begun.add(key);
        return RespClient.prototype.send.call(this, command, signal);
      }
    },
    backing: Appends,
  }),
  ofResp({
    name: "tcp-forgets-a-piece",
    description: "goes on after a piece of an upload that was lost",
    caughtBy: ["TCP-3"],
    backing: class extends RespBacking {
      protected override async writePiece(
        ...args: Parameters<RespBacking["writePiece"]>
      ): Promise<void> {
        await super.writePiece(...args).catch((error) => {
          if (!(error instanceof ConnectionError)) throw error;
        });
      }
    },
  }),
  ofResp({
    name: "tcp-forgets-a-later-piece",
    description: "goes on after a piece that was lost, but not the first one",
    subtle: true,
    caughtBy: ["TCP-3"],
    backing: class extends RespBacking {
      protected override async writePiece(
        ...args: Parameters<RespBacking["writePiece"]>
      ): Promise<void> {
        const [, , offset] = args;
        await super.writePiece(...args).catch((error) => {
          if (offset === 0 || !(error instanceof ConnectionError)) throw error;
        });
      }
    },
  }),
  ofResp({
    name: "tcp-believes-any-end",
    description: "takes a lost connection for the end of a piece",
    caughtBy: ["TCP-4"],
    mayBeCaughtBy: ["TCP-9"],
    client: Listening,
    backing: believing("end", "close"),
  }),
  ofResp({
    name: "tcp-believes-an-end",
    description: "takes an end in good order for the end of a piece",
    subtle: true,
    caughtBy: ["TCP-4"],
    client: Listening,
    backing: believing("end"),
  }),
  ofResp({
    name: "tcp-waits-for-ever",
    description: "waits for an answer without an end",
    caughtBy: ["TCP-5"],
    silenceMs: 0,
  }),
  ofResp({
    name: "tcp-waits-after-a-byte",
    description: "waits without an end once an answer has begun",
    subtle: true,
    caughtBy: ["TCP-5"],
    client: class extends RespClient {
      protected override onBytes(_socket: Socket, silence: Silence): void {
        silence.end();
      }
    },
  }),
  ofResp({
    name: "tcp-abort-waits",
    description: "an abort waits for the answer",
    caughtBy: ["TCP-6"],
    silenceMs: 8_000,
    client: class extends RespClient {
      override send(command: Command): Promise<RespValue> {
        return super.send(command);
      }
    },
    store: class extends RespStore {
      protected override async raceAbort<T>(
        call: Call,
        promise: Promise<T>,
      ): Promise<T> {
        const value = await promise;
        this.checkAborted(call);
        return value;
      }
    },
  }),
  ofResp({
    name: "tcp-size-abort-waits",
    description: "an abort of getObjectSize waits for the answer",
    subtle: true,
    caughtBy: ["TCP-6"],
    silenceMs: 8_000,
    store: class extends RespStore {
      protected override async askSize(call: Call): Promise<number> {
        const size = await this.backing.size(call.key);
        this.checkAborted(call);
        if (size === undefined) throw this.notFound(call);
        return size;
      }
    },
  }),
  ofResp({
    name: "tcp-answer-in-time",
    description: "an answer has to be there whole in time",
    caughtBy: ["TCP-7"],
    client: inTime(Infinity),
  }),
  ofResp({
    name: "tcp-buffer-in-time",
    description: "a service is silent until 4 KiB have come",
    subtle: true,
    caughtBy: ["TCP-7"],
    client: inTime(4_096),
  }),
  ofResp({
    name: "tcp-size-by-reading",
    description: "reads an object to know its size",
    caughtBy: ["TCP-8"],
    store: sizingByReading(0),
  }),
  ofResp({
    name: "tcp-size-by-reading-large",
    description: "reads a large object to know its size",
    subtle: true,
    caughtBy: ["TCP-8"],
    store: sizingByReading(LARGE),
  }),
  ofResp({
    name: "tcp-one-for-all",
    description: "a lost connection ends every command of the store",
    caughtBy: ["TCP-9"],
    client: endingOthers(() => true),
  }),
  ofResp({
    name: "tcp-one-for-its-kind",
    description:
      "a lost connection ends every command that reads or writes a piece",
    subtle: true,
    caughtBy: ["TCP-9"],
    client: endingOthers(([name]) => /RANGE/.test(String(name))),
  }),
  ofResp({
    name: "tcp-listing-untranslated",
    description: "what the client throws comes out of a listing as it is",
    caughtBy: ["TCP-11"],
    store: class extends RespStore {
      protected override async listNames(prefix: string): Promise<string[]> {
        const keys = await this.backing.list(this.keyOf(prefix));
        return keys.map((key) => this.nameOf(key));
      }
    },
  }),
  ofResp({
    name: "tcp-listing-believes-an-end",
    description: "takes an end in good order for the end of a list",
    subtle: true,
    caughtBy: ["TCP-11"],
    client: Listening,
    backing: class extends RespBacking {
      override async list(prefix: string): Promise<string[]> {
        const client = this.client as Listening;
        client.lastWay = undefined;
        try {
          return await super.list(prefix);
        } catch (error) {
          if (client.lastWay !== "end") throw error;
          return [];
        }
      }
    },
  }),
  connecting({
    name: "tcp-hidden-service",
    description: "says that it has no network, and asks one",
    ask: () => fetch("http://127.0.0.1:9").then(() => {}, () => {}),
  }),
  connecting({
    name: "tcp-hidden-service-for-large",
    description: "says that it has no network, and asks one for large objects",
    subtle: true,
    ask: async ({ total }) => {
      if (total < LARGE) return;
      const socket = connect(9, "127.0.0.1");
      await new Promise((resolve) => socket.on("error", resolve));
      socket.destroy();
    },
  }),
];

/** Gives up a command of which the whole, or each so many bytes, are not there in time. */
function inTime(bytes: number): typeof RespClient {
  return class extends RespClient {
    override async send(
      command: Command,
      signal?: AbortSignal,
    ): Promise<RespValue> {
      const own = new AbortController();
      const all = AbortSignal.any([own.signal, ...(signal ? [signal] : [])]);
      const giveUp = () => own.abort(new ConnectionError("too slow"));
      const silence = new Silence(this.silenceMs, giveUp);
      let counted = 0;
      this.#count = (length) => {
        counted += length;
        if (counted < bytes) return;
        counted = 0;
        silence.break();
      };
      try {
        return await super.send(command, all);
      } finally {
        silence.end();
      }
    }

    #count: (length: number) => void = () => {};

    protected override onBytes(socket: Socket, own: Silence): void {
      own.end();
      this.#count(socket.bytesRead - (this.#read.get(socket) ?? 0));
      this.#read.set(socket, socket.bytesRead);
    }

    readonly #read = new WeakMap<Socket, number>();
  };
}

function sizingByReading(most: number): typeof RespStore {
  return class extends RespStore {
    protected override async askSize(call: Call): Promise<number> {
      const size = await super.askSize(call);
      if (size <= most) return size;
      const object = await this.raceAbort(
        call,
        this.backing.open(call.key, call.signal),
      ) as StoredObject;
      const bytes = await this.raceAbort(call, object.read(0, size));
      return bytes.length;
    }
  };
}

function connecting(
  { ask, ...mutant }:
    & Pick<Mutant, "name" | "description" | "subtle">
    & { ask: (call: Call) => Promise<void> },
): Mutant {
  class Connecting extends MemoryObjectStore {
    protected override async receive(
      call: Call,
      object: StoredObject,
      temporary: Temporary,
    ): Promise<void> {
      await ask(call);
      await super.receive(call, object, temporary);
    }
  }
  const { module: _, ...harness } = memoryHarness;
  return {
    ...mutant,
    caughtBy: ["TCP-10"],
    harness: {
      ...harness,
      name: mutant.name,
      wire: "none",
      open: (ctx) => new Connecting(ctx),
    },
  };
}
