import { CaseStop } from "../model/case_stop.ts";
import {
  type ForeignFailure,
  type Hello,
  MessageError,
  parseMessage,
  PROTOCOL_VERSION,
  readHello,
  type StoreMessage,
} from "./messages.ts";
import { OutputLines, TextTail } from "./output_lines.ts";
import { type StartedProcess, startProcess } from "./start_process.ts";

/** Time that a process has from its start to its answer to `hello`: some compile first. */
const START_MS = 120_000;
/** Time that the kit waits for `begun`, before it sends the next request all the same. */
const BEGUN_MS = 2_000;
/** Time that a process has to end when its input has ended. */
const END_MS = 1_000;
/** Calls of one callback that are heard at most. More than 64 KiB pieces of 8 GiB. */
const MOST_CALLS = 200_000;

/** A command that starts a process. */
export interface StoreCommand {
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** The directory in which it starts. */
  readonly cwd: string;
}

/** Who is told what a request brings before its answer. */
export interface RequestListener {
  /** A call of the callback; the process waits until it is acknowledged. */
  onProgress?(done: number, total: number, call: number): void;
  /** A name of a listing. */
  onItem?(name: string): void;
  /** The store wants the next bytes of the caller's data. */
  onPull?(): void;
  /** The store wants no more of the caller's data. */
  onCancel?(): void;
  /** The bytes that come once the request is answered, of an object that is read. */
  readonly stream?: StreamListener;
}

/** Who is told of the bytes of an object that is read. */
export interface StreamListener {
  /** The next bytes, in base64. */
  onChunk(data: string): void;
  /** There are no more. */
  onEnd(): void;
  /** There will be no more: a {@linkcode ForeignError}, or the {@linkcode CaseStop} that ends the case. */
  onFailed(error: unknown): void;
}

/** A request on its way. */
export interface StoreRequest {
  /** Its number. */
  readonly id: number;
  /** The value of `ok`. Rejects with a {@linkcode ForeignError}, or with the {@linkcode CaseStop} that ends the case. */
  readonly answer: Promise<unknown>;
  /** Asks the process to abort it. */
  abort(): void;
  /** Asks for the next bytes of an object that is read. */
  pull(): void;
  /** Says that no more of them are wanted; their end is told all the same. */
  cancel(): void;
  /** Gives the store bytes that it has asked for, their end, or their failure. */
  give(what: { chunk: string } | { end: true } | { failed: true }): void;
}

/** An error that a process has answered with. */
export class ForeignError extends Error {
  override readonly name = "ForeignError";
  /** @param failure The error as it came. */
  constructor(readonly failure: ForeignFailure) {
    super(failure.message);
  }
}

/** The end of a process. */
export interface ProcessStatus {
  /** Its exit code; `null` after a signal. */
  readonly code: number | null;
  /** The signal that has ended it, if one has. */
  readonly signal: string | null;
}

interface Waiting extends RequestListener {
  resolve(value: unknown): void;
  reject(error: unknown): void;
  begin(): void;
}

/** A process that speaks the line protocol. */
export class StoreProcess {
  readonly #process: StartedProcess;
  readonly #waiting = new Map<number, Waiting>();
  /** Listeners of operations that are over, for calls that come too late. */
  readonly #late = new Map<number, RequestListener>();
  readonly #streams = new Map<number, StreamListener>();
  readonly #calls = new Map<number, number>();
  readonly #queue: (() => void)[] = [];
  readonly #stderr = new TextTail();
  readonly #errorsRead: Promise<void>;
  readonly #read: Promise<unknown>;
  #hello: Hello | undefined;
  #lastId = 0;
  #isBeginning = false;
  #isEnding = false;
  #problem: CaseStop | undefined;
  #onProblem: (problem: CaseStop) => void = () => {};

  private constructor({ command: [program = "", ...args], cwd }: StoreCommand) {
    this.#process = startProcess(program, args, { cwd });
    this.#errorsRead = this.#readErrors();
    this.#read = Promise.all([this.#readOutput(), this.#errorsRead]);
    // Whoever starts a process that does not run is told by its start.
    this.#read.catch(() => {});
  }

  /**
   * Starts the process and asks what it is.
   *
   * @throws {CaseStop} If it cannot be started, or gives no right answer.
   */
  static async start(command: StoreCommand): Promise<StoreProcess> {
    const started = new StoreProcess(command);
    try {
      await started.#process.started;
    } catch (error) {
      throw new CaseStop("error", `it cannot be started: ${error}`);
    }
    try {
      await started.#greet();
      return started;
    } catch (error) {
      await started.kill();
      throw error;
    }
  }

  /** Its account of itself. */
  get hello(): Hello {
    if (this.#hello === undefined) throw new Error("it has not answered yet");
    return this.#hello;
  }

  /** The id of the process in which the store is. */
  get pid(): number {
    return this.#hello?.pid ?? this.#process.pid;
  }

  /** The reason that it is no use any more: it has ended, or wrote what is no message, or a case had to be given up. */
  get problem(): CaseStop | undefined {
    return this.#problem;
  }

  /** True if nothing is under way, so that it can serve another case. */
  get isIdle(): boolean {
    return this.#problem === undefined &&
      this.#waiting.size + this.#streams.size === 0 &&
      this.#queue.length === 0;
  }

  /** The last lines of its standard error since {@linkcode StoreProcess.begin}. */
  get errors(): string[] {
    return this.#stderr.lines;
  }

  /** Begins another case: tells it of a problem from now on, and forgets what was. */
  begin(onProblem: (problem: CaseStop) => void): void {
    this.#stderr.clear();
    this.#late.clear();
    this.#calls.clear();
    this.#onProblem = onProblem;
  }

  /** True if it has a power. */
  can(power: string): boolean {
    return this.#hello?.powers.includes(power) ?? false;
  }

  /** Sends a request. If the process says `begun`, the next one waits for it. */
  send(
    body: Readonly<Record<string, unknown>>,
    listener: RequestListener = {},
  ): StoreRequest {
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    promise.catch(() => {});
    let state: "queued" | "sent" | "over" = "queued";
    let isAborted = body.aborted === true;
    const begin = () => {
      if (this.#problem !== undefined) return reject(this.#problem);
      state = "sent";
      const over = (settle: () => void) => {
        state = "over";
        settle();
      };
      this.#waiting.set(id, {
        ...listener,
        resolve: (value) => over(() => resolve(value)),
        reject: (error) => over(() => reject(error)),
        begin: this.#waitForBegun(),
      });
      this.#write({ id, ...body, ...(isAborted ? { aborted: true } : {}) });
    };
    if (this.#isBeginning) this.#queue.push(begin);
    else begin();
    return {
      id,
      answer: promise,
      abort: () => {
        isAborted = true;
        if (state === "sent" || this.#streams.has(id)) {
          this.#write({ abort: id });
        }
      },
      pull: () => this.#write({ pull: id }),
      cancel: () => this.#write({ cancel: id }),
      give: (what) => this.#write({ source: id, ...what }),
    };
  }

  /** Tells the process that a call of a callback is over. */
  acknowledge(id: number, call: number, threw: boolean): void {
    this.#write({ ack: [id, call], ...(threw ? { threw } : {}) });
  }

  /** Gives the process up: every request rejects with this, and it is ended. */
  fail(problem: CaseStop): void {
    if (this.#problem !== undefined) return;
    this.#problem = problem;
    this.#onProblem(problem);
    for (const { reject } of this.#waiting.values()) reject(problem);
    this.#waiting.clear();
    for (const { onFailed } of this.#streams.values()) onFailed(problem);
    this.#streams.clear();
    for (const begin of this.#queue.splice(0)) begin();
    this.kill();
  }

  /** Asks it to end by itself, and waits for that as long as it takes. */
  async end(): Promise<ProcessStatus> {
    this.#isEnding = true;
    this.#write({ id: ++this.#lastId, do: "end" });
    const status = await this.#process.status;
    await this.#finish();
    return status;
  }

  /** Ends its input, upon which it dies; if it does not, it is killed. */
  async kill(): Promise<void> {
    this.#isEnding = true;
    this.#process.closeInput();
    const { status } = this.#process;
    if (!await settlesIn(END_MS, status)) {
      this.#process.kill("SIGKILL");
      await status;
    }
    await this.#finish();
  }

  /** Waits for the rest of its output, but not for ever: a process of its own may hold that open. */
  async #finish(): Promise<void> {
    this.#process.closeInput();
    if (await settlesIn(END_MS, this.#read)) return;
    this.#process.stopReading();
    await this.#read;
  }

  async #greet(): Promise<void> {
    const { answer } = this.send({ do: "hello", protocol: PROTOCOL_VERSION });
    if (!await settlesIn(START_MS, answer.catch(() => {}))) {
      throw this.#explain(
        `it has not answered 'hello' in ${START_MS / 1000} s`,
      );
    }
    try {
      this.#hello = readHello(await answer);
    } catch (error) {
      if (error instanceof CaseStop) throw error;
      const { message } = error as Error;
      throw this.#explain(
        error instanceof ForeignError
          ? `it answered 'hello' with an error: ${message}`
          : message,
      );
    }
  }

  #write(message: Record<string, unknown>): void {
    void this.#process.write(`${JSON.stringify(message)}\n`);
  }

  /** Holds the queue until the function that it returns is called, where the process says `begun`. */
  #waitForBegun(): () => void {
    if (!this.can("begun")) return () => {};
    this.#isBeginning = true;
    const go = () => {
      clearTimeout(timer);
      if (!isHeld) return;
      isHeld = false;
      this.#isBeginning = false;
      while (!this.#isBeginning) {
        const next = this.#queue.shift();
        if (next === undefined) return;
        next();
      }
    };
    let isHeld = true;
    const timer = setTimeout(go, BEGUN_MS);
    return go;
  }

  async #readOutput(): Promise<void> {
    const lines = new OutputLines();
    try {
      for await (const piece of this.#process.stdout) {
        for (const line of lines.push(piece)) this.#receive(parseMessage(line));
      }
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      if (!this.#isEnding) {
        return this.fail(
          this.#explain(`it wrote what is no message: ${error.message}`),
        );
      }
    }
    if (this.#isEnding) return;
    const isOver = await settlesIn(END_MS, this.#process.status);
    // What it has to say about its end comes by another way.
    if (isOver) await settlesIn(END_MS, this.#errorsRead);
    const { code, signal } = isOver
      ? await this.#process.status
      : { code: 0, signal: null };
    const how = !isOver
      ? "closed its standard output and went on"
      : signal === null
      ? `ended with exit code ${code}`
      : `was ended by ${signal}`;
    const rest = lines.rest === "" ? "" : `, in the middle of a line`;
    this.fail(this.#explain(`it ${how}${rest}`));
  }

  async #readErrors(): Promise<void> {
    for await (const piece of this.#process.stderr) {
      this.#stderr.push(piece);
    }
  }

  #receive(message: StoreMessage): void {
    const { id, kind } = message;
    const stream = this.#streams.get(id);
    if (stream !== undefined && this.#receivePart(stream, message)) return;
    const waiting = this.#waiting.get(id);
    if (kind === "progress") {
      const calls = (this.#calls.get(id) ?? 0) + 1;
      this.#calls.set(id, calls);
      if (calls > MOST_CALLS) {
        throw new MessageError(
          `request ${id} has reported progress ${calls} times`,
        );
      }
      const listener = waiting ?? this.#late.get(id);
      const { done, total, call } = message;
      if (listener?.onProgress) listener.onProgress(done, total, call);
      else this.acknowledge(id, call, false);
      return;
    }
    // A process with a thread for each request may be done before it says that it has begun.
    const isLate = kind === "begun" && id > 0 && id <= this.#lastId;
    if (waiting === undefined && isLate) return;
    if (waiting === undefined) {
      throw new MessageError(
        `a line is about request ${id}, which is ${
          id > 0 && id <= this.#lastId
            ? "answered already"
            : "none of the kit's"
        }: ${JSON.stringify(message).slice(0, 200)}`,
      );
    }
    if (kind === "begun") return waiting.begin();
    if (kind === "item") return waiting.onItem?.(message.name);
    if (kind === "pull") return waiting.onPull?.();
    if (kind === "cancel") return waiting.onCancel?.();
    if (kind !== "ok" && kind !== "error") {
      throw new MessageError(
        `a line gives bytes of request ${id}, which is not answered yet`,
      );
    }
    this.#waiting.delete(id);
    const { onProgress } = waiting;
    if (kind === "ok" && waiting.stream) this.#streams.set(id, waiting.stream);
    if (onProgress) this.#late.set(id, { onProgress });
    if (kind === "ok") waiting.resolve(message.value);
    else waiting.reject(new ForeignError(message.error));
    waiting.begin();
  }

  /** Takes a line about an object that is read; `false` if it is none. */
  #receivePart(stream: StreamListener, message: StoreMessage): boolean {
    const { id, kind } = message;
    if (kind === "chunk") {
      stream.onChunk(message.data);
      return true;
    }
    if (kind !== "end" && kind !== "failed") return false;
    this.#streams.delete(id);
    if (kind === "end") stream.onEnd();
    else stream.onFailed(new ForeignError(message.error));
    return true;
  }

  #explain(what: string): CaseStop {
    const lines = this.errors.slice(-8);
    return new CaseStop(
      "error",
      `the store's process is no use: ${what}${
        lines.length === 0
          ? "; its standard error is empty"
          : `; its standard error ends:\n    ${lines.join("\n    ")}`
      }`,
    );
  }
}

async function settlesIn(
  ms: number,
  promise: Promise<unknown>,
): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const settled = promise.then(() => true, () => true);
  try {
    return await Promise.race([settled, over]);
  } finally {
    clearTimeout(timer);
  }
}
