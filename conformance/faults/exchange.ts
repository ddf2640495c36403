import type { FaultAction, WireExchange, WireRequest } from "./fault.ts";
import type { HttpReader } from "./http_reader.ts";
import type { Channel } from "./channel.ts";
import type { Pieces } from "./pieces.ts";
import {
  encodeHead,
  framingOfRequest,
  type Header,
  headerOf,
  type RequestHead,
} from "./http_head.ts";

/** An early end of an exchange, and whether its connection goes on: it is thrown. */
export class Break {
  /** True if the connection is reset; otherwise it is closed in good order. */
  readonly isReset: boolean;

  /** @param how How the connection ends. */
  constructor(how: "reset" | "end") {
    this.isReset = how === "reset";
  }
}

/** Counts of the bytes of all exchanges. */
export interface Totals {
  requestBytes: number;
  responseBytes: number;
  connections: number;
}

/** A request and its answer, as they are remembered. */
export interface ExchangeRecord extends WireExchange {
  status: number | undefined;
  requestBytes: number;
  responseBytes: number;
  fault: FaultAction["kind"] | undefined;
  isOver: boolean;
  /** A failure that no rule wanted. */
  note: string | undefined;
  /** True if that was the service's doing: it gave no answer, or not the whole of it. */
  isServiceFault: boolean;
}

/** One request of a client, and the way back to it. */
export class Exchange {
  /** The request's head. */
  readonly head: RequestHead;
  /** The request as cases see it. */
  readonly request: WireRequest;
  /** The record that is kept of it. */
  readonly record: ExchangeRecord;
  /** The length of the request's body; `undefined` if only its end will tell. */
  readonly length: number | undefined;
  /** The request's body. */
  readonly body: Pieces;
  readonly #client: Channel;
  readonly #totals: Totals;
  #isInvited = false;

  /** @param client The connection to the client. @param request The request's head. @param totals What counts. */
  constructor(
    client: { channel: Channel; reader: HttpReader },
    { head, request }: { head: RequestHead; request: WireRequest },
    totals: Totals,
  ) {
    this.#client = client.channel;
    this.#totals = totals;
    this.head = head;
    this.request = request;
    this.record = {
      request,
      status: undefined,
      requestBytes: 0,
      responseBytes: 0,
      fault: undefined,
      note: undefined,
      isServiceFault: false,
      startedAt: performance.now(),
      isOver: false,
    };
    const framing = framingOfRequest(head);
    this.length = framing === "none"
      ? 0
      : typeof framing === "object"
      ? framing.length
      : undefined;
    this.body = this.#count(client.reader.readBody(framing));
  }

  /** Tells whether the client waits until it may send the body. */
  get isUninvited(): boolean {
    const expect = headerOf(this.head.headers, "expect") ?? "";
    return !this.#isInvited && /100-continue/i.test(expect);
  }

  /** Tells a client that waits for it that it may send the body. */
  async invite(): Promise<void> {
    if (!this.isUninvited) return;
    await this.sendHead(100, "HTTP/1.1 100 Continue", []);
  }

  /** Sends the head of the answer. */
  async sendHead(
    status: number,
    line: string,
    headers: readonly Header[],
  ): Promise<void> {
    await this.#client.write(encodeHead(line, headers));
    if (status >= 200) this.record.status = status;
    if (status === 100) this.#isInvited = true;
  }

  /** Sends the body of the answer. */
  async sendBody(pieces: Pieces): Promise<void> {
    for await (const { bytes, isBody } of pieces) {
      await this.#client.write(bytes);
      if (!isBody) continue;
      this.record.responseBytes += bytes.length;
      this.#totals.responseBytes += bytes.length;
    }
  }

  async *#count(pieces: Pieces): Pieces {
    for await (const piece of pieces) {
      if (piece.isBody) {
        this.record.requestBytes += piece.bytes.length;
        this.#totals.requestBytes += piece.bytes.length;
      }
      yield piece;
    }
  }
}
