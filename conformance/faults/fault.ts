/** A request as it reached the proxy. */
export interface WireRequest {
  /** Its number among all requests of this wire, from 1. */
  readonly number: number;
  /** The method, in capitals. */
  readonly method: string;
  /** Path and query, as sent. */
  readonly target: string;
  /** The path, as sent, still encoded. */
  readonly path: string;
  /** The query's parameters. */
  readonly query: URLSearchParams;
  /** The headers; names in lower case, several of one name joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Which requests a rule is for: those that fit everything that is given. */
export interface FaultMatch {
  /** The method, or several; in capitals. */
  readonly method?: string | readonly string[];
  /** The path, as sent: exactly this string, or what the pattern finds. */
  readonly path?: string | RegExp;
  /** The query without its `?`, as sent: a parameter of this name is there, or what the pattern finds. */
  readonly query?: string | RegExp;
  /** Anything else. */
  readonly where?: (request: WireRequest) => boolean;
  /** The first fitting request that the rule is for, from 1. @default {1} */
  readonly nth?: number;
  /** The number of requests that it is for. @default {Infinity} */
  readonly count?: number;
}

/**
 * Where in an answer something happens: before its head, after its head, or
 * after so many bytes of its body. A function is given the body's length.
 *
 * After its head means that at least one byte of the body is still to come,
 * and after so many bytes that at least one more is: an answer that has none
 * has arrived by then, so it passes whole and the fault does not fire.
 */
export type AnswerPoint =
  | "before-head"
  | "after-head"
  | { readonly bodyBytes: number | ((length: number) => number) };

/**
 * A change to a request that a rule is for, or to its answer. A fault that finds nothing to
 * break, as a byte beyond the body's end, lets the request pass and does not
 * count as fired. Where the server sees nothing, the client may still send
 * the whole of its request.
 */
export type FaultAction =
  /** The proxy answers itself; the server sees nothing. The dialect makes the body from `code` and `message`, unless `body` is given. */
  | {
    readonly kind: "status";
    readonly status: number;
    readonly code?: string;
    readonly message?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  }
  /** The connection is reset (RST). Before the head the server sees nothing; otherwise it has answered. */
  | { readonly kind: "reset"; readonly at: AnswerPoint }
  /** The connection is reset while the request's body comes, after so many bytes of it. The server sees nothing. */
  | { readonly kind: "reset-upload"; readonly afterBytes: number }
  /** The answer's body ends early and the connection is closed in good order (FIN), with the announced length unchanged. */
  | {
    readonly kind: "cut";
    readonly afterBytes: number | ((length: number) => number);
  }
  /** Nothing more comes, until the faults are stopped; then the connection is reset. Before the head the server sees nothing. */
  | { readonly kind: "stall"; readonly at: AnswerPoint }
  /** The request's body is not read beyond so many bytes, and nothing is answered, until the faults are stopped; then the connection is reset. The server sees nothing. */
  | { readonly kind: "stall-upload"; readonly afterBytes: number }
  /** As `status`, but the answer is sent when so many bytes of the request's body have come, while more of it does. The rest is read and thrown away, after `pauseMs` milliseconds if so many are given, and the connection ends in good order. A request with no more bytes than that passes. */
  | {
    readonly kind: "refuse-upload";
    readonly afterBytes: number;
    readonly pauseMs?: number;
    readonly status: number;
    readonly code?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  }
  /** As `status`, but the body has no length and no end: of `code` or `body` and then of one byte after every `ms` milliseconds, until the faults are stopped; then the connection is reset. An answer to `HEAD` has no body, so it ends. */
  | {
    readonly kind: "endless";
    readonly status: number;
    readonly code?: string;
    readonly body?: string;
    readonly ms: number;
  }
  /** The request goes on to the server after so many milliseconds. */
  | { readonly kind: "delay"; readonly ms: number }
  /** The answer's body comes in so many pieces of about one length, each but the first so many milliseconds after the one before. */
  | { readonly kind: "slow"; readonly pieces: number; readonly ms: number }
  /** Of the request's body at most so many bytes a second are read on its way to the server. */
  | { readonly kind: "slow-upload"; readonly bytesPerSecond: number }
  /** The head of the answer says these as well; what it has said of them itself goes. */
  | {
    readonly kind: "add-headers";
    readonly headers: Readonly<Record<string, string>>;
  }
  /** One byte of the answer's body is changed, its length is not. A function is given the body's length. */
  | {
    readonly kind: "corrupt";
    readonly byte: number | ((length: number) => number);
  }
  /** One byte of the request's body is changed on its way to the server. */
  | {
    readonly kind: "corrupt-upload";
    readonly byte: number | ((length: number) => number);
  }
  /** The server answers the whole request; its answer is lost, and the connection is reset. */
  | { readonly kind: "lose-answer" }
  /** As `status` with 200 and an error in the body; the server sees nothing. An answer to `HEAD` has no body, so it passes. */
  | { readonly kind: "error-in-200"; readonly code: string }
  /** A function runs before the request goes on to the server, or when the server's whole answer is there and before it goes on to the client. */
  | {
    readonly kind: "run";
    readonly run: (request: WireRequest) => void | Promise<void>;
    readonly when?: "before" | "after";
  };

/** A fault: which requests, and what happens to them. The first rule that fits applies; the rules after it do not count that request. */
export interface FaultRule {
  /** Which requests. @default All. */
  readonly match?: FaultMatch;
  /** The change that is made. */
  readonly action: FaultAction;
  /** True if it may never fire. Otherwise a case that passes without it having fired is an `error`. @default {false} */
  readonly optional?: boolean;
}

/** Faults that are in force. */
export interface InjectedFaults extends AsyncDisposable {
  /** The number of times that each rule has fired, in the order given. */
  readonly fired: readonly number[];
  /** The number of times that any has fired. */
  readonly total: number;
  /** Resolves when any rule fires, at once if one has. */
  readonly reached: Promise<void>;
  /** Ends them: stalled connections are reset, later requests pass. Idempotent. */
  stop(): Promise<void>;
}

/** A request and what became of it. */
export interface WireExchange {
  /** The request. */
  readonly request: WireRequest;
  /** The status that the client was sent; `undefined` if none (yet). */
  readonly status: number | undefined;
  /** Bytes of the request's body that came from the client so far. */
  readonly requestBytes: number;
  /** Bytes of the answer's body that went to the client so far. */
  readonly responseBytes: number;
  /** The kind of the fault that was applied, if one was. */
  readonly fault: FaultAction["kind"] | undefined;
  /** Milliseconds of `performance.now()` when the request's head was there. */
  readonly startedAt: number;
  /** True if it is over: the whole answer has gone to the client, or one of the two has gone. */
  readonly isOver: boolean;
}

/** Counts since a moment. */
export interface Meter {
  /** The requests, in order. */
  readonly exchanges: readonly WireExchange[];
  /** Bytes of request bodies. */
  readonly requestBytes: number;
  /** Bytes of answers' bodies. */
  readonly responseBytes: number;
  /** Connections that were opened. */
  readonly connections: number;
}

/** The proxy between the stores of one case and their service. */
export interface Wire {
  /** Its base URL: `ctx.endpoint` of the harness. */
  readonly url: string;
  /** The service's dialect, if the harness gives one. */
  readonly dialect: Dialect | undefined;
  /** Puts faults in force, after those that are. */
  inject(...rules: readonly FaultRule[]): InjectedFaults;
  /** Refuses connections, and ends those that there are, until disposed. */
  refuse(): Promise<AsyncDisposable>;
  /** Begins to measure. */
  meter(): Meter;
  /** Every exchange since the wire was opened, as lines for a failure's evidence. */
  describe(): readonly string[];
}

/** An HTTP service's own way of saying things. */
export interface Dialect {
  /** The body of an error, with a `content-type` if it is not XML. A `message` for people goes where the service has one. The `request` is given where it may matter: a service can have several APIs. */
  errorBody(
    status: number,
    code: string,
    message?: string,
    request?: WireRequest,
  ): string | {
    readonly body: string;
    readonly headers?: Readonly<Record<string, string>>;
  };
  /** The codes of errors that are worth trying again, also with a status 4xx. */
  readonly transientCodes: readonly string[];
  /** The code that goes with a status when a case does not care. @default {`Status${status}`} */
  codeOf?(status: number, request?: WireRequest): string | undefined;
  /** Tells whether a request makes an object visible. */
  isCommit(request: WireRequest): boolean;
  /** Tells whether a request discards an unfinished upload. @default The service has no such request: it forgets by itself. */
  isDiscard?(request: WireRequest): boolean;
  /** Tells whether the service may answer a request with 200 and an error in the body. @default No request is like this. */
  errorIn200?(request: WireRequest): boolean;
}
