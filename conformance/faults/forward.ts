import { Break, type Exchange } from "./exchange.ts";
import {
  type AnswerHead,
  askWhole,
  encodeHead,
  endsConnection,
  framingOfAnswer,
  type Header,
  parseAnswerHead,
  type RequestHead,
} from "./http_head.ts";
import type { Pieces } from "./pieces.ts";
import type { Signer } from "./resign.ts";
import type { Silences } from "./silences.ts";
import { startUpload, type Upload } from "./start_upload.ts";
import type { Peer, Upstream } from "./upstream.ts";
import { describeError } from "../checks/error_chain.ts";

const MAX_IDLE_MS = 1_000;

/** An answer of the service, before any of it goes to the client. */
export interface Answer {
  /** Its head. */
  readonly head: AnswerHead;
  /** Its body. */
  readonly body: Pieces;
  /** The body's length; `undefined` if only its end will tell. */
  readonly length: number | undefined;
  /** True if the end of the connection is the body's. */
  readonly endsByClose: boolean;
}

/** Where a fault gets hold of a request that goes to the service. */
export interface Hooks {
  /** Replaces the request's body. */
  readonly upload?: (body: Pieces) => Pieces;
  /** Further headers of the answer, in the place of its own. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Is given the answer, and returns the body to send. */
  readonly answer?: (answer: Answer) => Pieces | Promise<Pieces>;
}

/** Sends the requests of one client to the service, on one connection after another. */
export class Forwarder {
  readonly #upstream: Upstream;
  readonly #silences: Silences;
  readonly #sign: Signer | undefined;
  #peer: Peer | undefined;
  #idleSince = 0;
  #isAbandoned = false;

  /** @param upstream The service. @param silences Is told when the service lets wait. @param sign Signs a request for the service. */
  constructor(
    upstream: Upstream,
    silences: Silences,
    sign?: Signer,
  ) {
    this.#upstream = upstream;
    this.#silences = silences;
    this.#sign = sign;
  }

  /**
   * Sends a request on, and its answer back.
   *
   * @param exchange The request.
   * @param clientEnds Resolves when the client has gone, as far as one can tell once its request is there.
   * @param hooks Where a fault gets hold of it.
   * @returns Whether the connection to the client can go on.
   */
  async forward(
    exchange: Exchange,
    clientEnds: () => Promise<void>,
    hooks: Hooks = {},
  ): Promise<boolean> {
    // A fault of a body needs one: a store that keeps what it has read would get "not modified" instead.
    const asked = hooks.answer ? askWhole(exchange.head) : exchange.head;
    const head = await this.#encodeHead(asked);
    // What the service may have done must not be done again.
    const isRepeatable = exchange.length === 0 &&
      exchange.request.method !== "POST";
    for (let isFirst = true;; isFirst = false) {
      const reused = isFirst ? this.#takeIdle() : undefined;
      const peer = reused ?? await this.#connect(exchange);
      this.#peer = peer;
      const body = hooks.upload?.(exchange.body) ?? exchange.body;
      const upload = startUpload(peer.channel, { head, body }, this.#silences);
      // Whoever waits for the answer hears of it by the connection to the service.
      upload.done.then(clientEnds).catch(() => {}).then(() => {
        upload.hasFailed = true;
        peer.channel.close();
      });
      const answer = await this.#readHead(peer, exchange, upload);
      if (answer === undefined) {
        // The service has closed it just when it was about to be used again.
        if (reused && isRepeatable && !upload.hasFailed) continue;
        if (!upload.hasFailed) this.#blameService(exchange);
        exchange.record.note = upload.hasFailed
          ? "the client went away"
          : exchange.record.note ?? "the service ended the connection";
        throw new Break("reset");
      }
      const canGoOn = await this.#sendBack(peer, exchange, answer, hooks);
      if (!upload.isDone && exchange.isUninvited) {
        // Nobody knows whether the client will still send the body.
        this.close();
        return false;
      }
      await upload.done;
      if (canGoOn && !upload.isBroken) {
        this.#idleSince = performance.now();
        // So that its end is noticed.
        peer.reader.watchEnd();
        return true;
      }
      this.close();
      return false;
    }
  }

  /** The store has waited since then, and has not heard of the service. */
  addSilence(from: number): void {
    this.#silences.add(from);
  }

  /** As {@linkcode Forwarder.close}, because the proxy breaks its connections: what ends now is not the service's doing. */
  abandon(): void {
    this.#isAbandoned = true;
    this.close();
  }

  /** Lets go of the connection to the service. */
  close(): void {
    this.#peer?.channel.close();
    this.#peer = undefined;
  }

  #blameService({ record }: Exchange): void {
    record.isServiceFault = !this.#isAbandoned;
  }

  async #encodeHead(head: RequestHead): Promise<Uint8Array> {
    const { target, headers } = await this.#sign?.(head) ?? head;
    return encodeHead(`${head.method} ${target} ${head.version}`, headers);
  }

  #takeIdle(): Peer | undefined {
    const peer = this.#peer;
    this.#peer = undefined;
    if (peer === undefined) return undefined;
    const isFresh = performance.now() - this.#idleSince < MAX_IDLE_MS;
    if (isFresh && !peer.reader.hasEnded) return peer;
    peer.channel.close();
    return undefined;
  }

  async #connect(exchange: Exchange): Promise<Peer> {
    const began = performance.now();
    try {
      const peer = await this.#upstream.connect();
      this.#silences.add(began);
      return peer;
    } catch (error) {
      const [why] = describeError(error);
      this.#blameService(exchange);
      exchange.record.note = `the service cannot be reached: ${why}`;
      throw new Break("reset");
    }
  }

  /** The head of the final answer; others before it are sent back as they come. */
  async #readHead(
    { reader }: Peer,
    exchange: Exchange,
    upload: Upload,
  ): Promise<AnswerHead | undefined> {
    for (;;) {
      const began = performance.now();
      let raw: string | undefined;
      try {
        raw = await reader.readHead();
      } catch (error) {
        exchange.record.note = `the service failed: ${describeError(error)[0]}`;
      }
      // Until it has the whole request, or has to invite its body, the service waits for the client.
      if (upload.isDone || exchange.isUninvited) {
        this.#silences.add(Math.max(began, upload.takenAt));
      }
      if (raw === undefined) return undefined;
      const head = parseAnswerHead(raw);
      if (head === undefined) {
        exchange.record.note = "the service does not speak HTTP/1.1";
        return undefined;
      }
      if (head.status >= 200) return head;
      await exchange.sendHead(head.status, head.line, head.headers);
    }
  }

  async #sendBack(
    { reader }: Peer,
    exchange: Exchange,
    head: AnswerHead,
    hooks: Hooks,
  ): Promise<boolean> {
    const framing = framingOfAnswer(head, exchange.request.method);
    const body = guard(
      listen(reader.readBody(framing), this.#silences),
      exchange,
      () => this.#blameService(exchange),
    );
    const answer: Answer = {
      head,
      body,
      length: framing === "none"
        ? 0
        : typeof framing === "object"
        ? framing.length
        : undefined,
      endsByClose: framing === "until-end",
    };
    const sent = await hooks.answer?.(answer) ?? body;
    const headers = replaceHeaders(head.headers, hooks.headers ?? {});
    await exchange.sendHead(head.status, head.line, headers);
    await exchange.sendBody(sent);
    return framing !== "until-end" &&
      !endsConnection(head.line, head.headers) &&
      !endsConnection(exchange.head.version, exchange.head.headers);
  }
}

function replaceHeaders(
  headers: readonly Header[],
  further: Readonly<Record<string, string>>,
): readonly Header[] {
  const names = Object.keys(further).map((name) => name.toLowerCase());
  return [
    ...headers.filter(([name]) => !names.includes(name.toLowerCase())),
    ...Object.entries(further),
  ];
}

/** Tells how long each piece of an answer was waited for. */
async function* listen(body: Pieces, silences: Silences): Pieces {
  let began = performance.now();
  try {
    for await (const piece of body) {
      silences.add(began);
      yield piece;
      began = performance.now();
    }
  } catch (error) {
    // Whoever has waited for it may have gone meanwhile.
    silences.add(began);
    throw error;
  }
}

/** Breaks off for the client what the service breaks off. */
async function* guard(
  body: Pieces,
  { record }: Exchange,
  onBreak: () => void,
): Pieces {
  try {
    yield* body;
  } catch {
    onBreak();
    record.note = "the service ended the connection within its answer";
    throw new Break("reset");
  }
}
