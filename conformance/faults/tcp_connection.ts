import type { Socket } from "node:net";
import { SocketChannel } from "./channel.ts";
import type { TcpAction, TcpPoint, TcpTurn } from "./tcp_fault.ts";
import type { ActiveRule } from "./active_rules.ts";
import type { Silences } from "./silences.ts";
import type { TcpRules } from "./tcp_rules.ts";

/** A turn, as it is remembered. */
export interface TurnRecord extends TcpTurn {
  up: number;
  down: number;
  fault: TcpAction["kind"] | undefined;
}

/** A connection of a store, and the one to the service that goes with it. */
export class TcpConnection {
  readonly #client: SocketChannel;
  readonly #service: SocketChannel;
  readonly #rules: TcpRules;
  readonly #turns: TurnRecord[];
  readonly #number: number;
  readonly #silences: Silences;
  readonly #over = Promise.withResolvers<void>();
  #turn: TurnRecord | undefined;
  #rule: ActiveRule<TcpAction> | undefined;
  #lastWay: "up" | "down" = "down";
  /** When the service has taken the last bytes of the store. */
  #takenAt = 0;

  /** @param client The store's side. @param service The other. @param shared What the connections of a proxy share. */
  constructor(
    client: Socket,
    service: Socket,
    shared: {
      rules: TcpRules;
      turns: TurnRecord[];
      silences: Silences;
      number: number;
    },
  ) {
    this.#client = new SocketChannel(client);
    this.#service = new SocketChannel(service);
    this.#rules = shared.rules;
    this.#turns = shared.turns;
    this.#silences = shared.silences;
    this.#number = shared.number;
  }

  /** Passes bytes on until either side is gone. Never rejects. */
  async serve(): Promise<void> {
    const ways = [this.#passUp(), this.#passDown()];
    // One side that fails takes the other with it; one that ends does not.
    await Promise.all(ways.map((way) => way.catch(() => this.reset())));
    this.#client.close();
    this.#service.close();
    this.#over.resolve();
  }

  /** Breaks both sides. */
  reset(): void {
    this.#over.resolve();
    void this.#client.reset();
    void this.#service.reset();
  }

  async #passUp(): Promise<void> {
    for (;;) {
      const bytes = await this.#client.read();
      if (bytes === undefined) return await this.#service.end();
      const turn = this.#goUp();
      const action = this.#rule?.action;
      const at = pointOf(action, "up");
      if (at !== undefined && turn.up + bytes.length > at.afterBytes) {
        const first = bytes.slice(0, Math.max(0, at.afterBytes - turn.up));
        await this.#send(this.#service, first, "up");
        return await this.#break(action?.kind === "stall");
      }
      await this.#send(this.#service, bytes.slice(), "up");
    }
  }

  async #passDown(): Promise<void> {
    for (;;) {
      const chunk = await this.#readDown();
      if (chunk === undefined) return await this.#client.end();
      const bytes = chunk.slice();
      this.#lastWay = "down";
      const action = this.#rule?.action;
      const at = pointOf(action, "down");
      const passed = this.#turn?.down ?? 0;
      if (at !== undefined && passed + bytes.length > at.afterBytes) {
        const first = bytes.subarray(0, Math.max(0, at.afterBytes - passed));
        await this.#send(this.#client, first, "down");
        if (action?.kind !== "cut") {
          return await this.#break(action?.kind === "stall");
        }
        this.#fire();
        await this.#client.end();
        return this.#service.close();
      }
      if (action?.kind === "delay" && passed === 0) {
        this.#fire();
        await this.#wait(action.ms);
      }
      if (action?.kind === "slow") {
        await this.#sendSlowly(bytes, action, passed);
      } else await this.#send(this.#client, bytes, "down");
    }
  }

  /** Reads what comes from the service. Between two turns nobody waits for it, so that its silence counts only if an answer is due, or goes on. */
  async #readDown(): Promise<Uint8Array | undefined> {
    const began = performance.now();
    let chunk: Uint8Array | undefined;
    try {
      return chunk = await this.#service.read();
    } finally {
      if (chunk !== undefined || this.#lastWay === "up") {
        this.#silences.add(Math.max(began, this.#takenAt));
      }
    }
  }

  /** The turn that bytes of the store belong to: a new one if the last bytes were the service's. */
  #goUp(): TurnRecord {
    if (this.#lastWay === "up" && this.#turn) return this.#turn;
    this.#lastWay = "up";
    const number = this.#turns.length + 1;
    const turn = {
      number,
      connection: this.#number,
      up: 0,
      down: 0,
      fault: undefined,
    };
    this.#turns.push(turn);
    this.#turn = turn;
    this.#rule = this.#rules.find();
    return turn;
  }

  async #send(
    to: SocketChannel,
    bytes: Uint8Array,
    way: "up" | "down",
  ): Promise<void> {
    if (this.#turn) this.#turn[way] += bytes.length;
    const began = performance.now();
    try {
      await to.write(bytes);
    } finally {
      if (way === "up") {
        this.#silences.add(began);
        this.#takenAt = performance.now();
      }
    }
  }

  async #sendSlowly(
    bytes: Uint8Array,
    { bytes: size, ms }: { bytes: number; ms: number },
    passed: number,
  ): Promise<void> {
    for (let done = 0; done < bytes.length; done += size) {
      if (passed + done > 0) {
        if (this.#turn?.fault === undefined) this.#fire();
        await this.#wait(ms);
      }
      const piece = bytes.subarray(done, done + size);
      await this.#send(this.#client, piece, "down");
    }
  }

  async #break(isHeld: boolean): Promise<void> {
    this.#fire();
    if (isHeld) {
      await Promise.race([this.#rule?.stopped, this.#over.promise]);
    }
    this.reset();
  }

  #fire(): void {
    if (this.#turn) this.#turn.fault = this.#rule?.action.kind;
    this.#rule?.fire();
  }

  async #wait(ms: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((done) => timer = setTimeout(done, ms));
    await Promise.race([late, this.#rule?.stopped, this.#over.promise]);
    clearTimeout(timer);
  }
}

/** Where an action gets hold of the bytes that go one way. */
function pointOf(
  action: TcpAction | undefined,
  way: "up" | "down",
): TcpPoint | undefined {
  if (action?.kind === "lose-answer" && way === "down") {
    return { way, afterBytes: 0 };
  }
  if (action?.kind === "cut" && way === "down") {
    return { way, afterBytes: action.afterBytes };
  }
  if (action?.kind !== "reset" && action?.kind !== "stall") return undefined;
  return action.at.way === way ? action.at : undefined;
}
