import type { InjectedFaults } from "./fault.ts";

/** Where on a connection something happens: after so many bytes that go up to the service in this turn, or down to the store. */
export interface TcpPoint {
  /** Which way the bytes go. */
  readonly way: "up" | "down";
  /** Bytes of the turn that pass before it happens. */
  readonly afterBytes: number;
}

/**
 * A fault in a turn: what a store sends, and what the service answers to
 * it, as far as one can tell without knowing the protocol. A turn begins with
 * the first byte that goes up after one that came down. A fault that finds
 * nothing to break, as a byte beyond the answer's end, does not fire.
 */
export type TcpAction =
  /** The connection is reset (RST), on both sides. */
  | { readonly kind: "reset"; readonly at: TcpPoint }
  /** The connection ends in good order (FIN) with an answer cut short. */
  | { readonly kind: "cut"; readonly afterBytes: number }
  /** Nothing more passes that way, until the faults are stopped; then the connection is reset. */
  | { readonly kind: "stall"; readonly at: TcpPoint }
  /** The service has done what it was asked; its answer is lost, and the connection is reset. */
  | { readonly kind: "lose-answer" }
  /** The answer comes so many milliseconds late. */
  | { readonly kind: "delay"; readonly ms: number }
  /** The answer comes in pieces of so many bytes, each but the first so many milliseconds after the one before. */
  | { readonly kind: "slow"; readonly bytes: number; readonly ms: number };

/** A fault of a connection: in which turns, and what happens there. */
export interface TcpRule {
  /** The first turn, from 1, counted over all connections since the rule is in force. @default {1} */
  readonly nth?: number;
  /** The number of turns. @default {Infinity} */
  readonly count?: number;
  /** The fault. */
  readonly action: TcpAction;
  /** True if it may never fire. Otherwise a case that passes without it having fired is an `error`. @default {false} */
  readonly optional?: boolean;
}

/** A turn and what became of it. */
export interface TcpTurn {
  /** Its number, from 1. */
  readonly number: number;
  /** The number of its connection, from 1. */
  readonly connection: number;
  /** Bytes that went up. */
  readonly up: number;
  /** Bytes that came down. */
  readonly down: number;
  /** The kind of the fault that was applied, if one was. */
  readonly fault: TcpAction["kind"] | undefined;
}

/** The proxy between the stores of one case and a service that does not speak HTTP. */
export interface TcpWire {
  /** Its address, `tcp://127.0.0.1:port`: `ctx.endpoint` of the harness. */
  readonly url: string;
  /** The turns so far. */
  readonly turns: readonly TcpTurn[];
  /** Puts faults in force, after those that are. */
  inject(...rules: readonly TcpRule[]): InjectedFaults;
  /** Refuses connections, and ends those that there are, until disposed. */
  refuse(): Promise<AsyncDisposable>;
  /** Every turn since the wire was opened, as lines for a failure's evidence. */
  describe(): readonly string[];
}
