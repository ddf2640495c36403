import type { Case, ChildHandle, ChildOptions } from "../../model/case.ts";
import { CaseStop, failed } from "../../model/case_stop.ts";
import { buildChildCommand, DENO_ARGS } from "./child_command.ts";
import {
  CHILD_TASK,
  type ChildMessage,
  type ChildTask,
  LineSplitter,
  MARKER,
} from "./child_protocol.ts";
import { describeError } from "../../checks/error_chain.ts";
import type { Span } from "../../checks/spans.ts";
import { settlesWithin } from "../../checks/ticks.ts";
import {
  readText,
  type StartedProcess,
  startProcess,
} from "../../language/start_process.ts";

/** The number of lines of a child's output that are kept for a failure. */
const KEPT_LINES = 50;
const STOP_MS = 5_000;

type Ended = Awaited<ChildHandle["ended"]>;

/** The process of a case, and what the runner does with it. */
export class CaseChild implements ChildHandle {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  readonly #case: Case;
  readonly #onMove: () => void;
  readonly #process: StartedProcess;
  readonly #stderr: Promise<string>;
  readonly #events: { name: string; data: unknown }[] = [];
  readonly #printed: string[] = [];
  readonly #waiting = new Set<() => void>();
  readonly #transient: Span[] = [];
  #isLoaded = false;
  #isDone = false;
  #isStopped = false;
  #hasEnded = false;
  #thrown: (ChildMessage & { type: "thrown" }) | undefined;
  #stopped: CaseStop | undefined;
  #storePid: number | undefined;

  /**
   * Starts the process.
   *
   * @param c The case.
   * @param task What the process does.
   * @param options How it is started.
   * @param onMove Told that the process has said something.
   * @throws {TypeError} If the environment has arguments that are none.
   */
  constructor(
    c: Case,
    task: ChildTask,
    options: ChildOptions,
    onMove: () => void = () => {},
  ) {
    const { command, args, cwd = options.cwd } = buildChildCommand(
      options.wrapper ?? [],
    );
    const isElsewhere = options.cwd !== undefined && cwd !== options.cwd;
    const whole: ChildTask = isElsewhere
      ? { ...task, cwd: options.cwd! }
      : task;
    this.#case = c;
    this.#onMove = onMove;
    this.#process = startProcess(command, args, {
      cwd,
      env: { ...options.env, [CHILD_TASK]: JSON.stringify(whole) },
    });
    this.#stderr = readText(this.#process.stderr);
    this.pid = this.#process.pid;
    this.ended = this.#end();
    // Not every case waits for the end.
    this.ended.catch(() => {});
  }

  /** Resolves when the process runs; otherwise the case cannot be judged. */
  async started(): Promise<void> {
    await this.#process.started.catch(refuseStart);
  }

  /** The operations there that have rejected as transient: from when to when each has run. */
  get transientErrors(): readonly Span[] {
    return this.#transient;
  }

  get storePid(): number {
    return this.#storePid ?? this.pid;
  }

  async event(name: string): Promise<unknown> {
    for (;;) {
      const index = this.#events.findIndex((event) => event.name === name);
      if (index !== -1) return this.#events.splice(index, 1)[0]?.data;
      if (this.#hasEnded) {
        const end = await this.ended;
        throw this.#fail(
          `the case's process gets as far as "${name}"`,
          `it ended before, ${describeEnd(end)}`,
          end.stderr,
        );
      }
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  async send(name: string): Promise<void> {
    await this.#process.write(`${JSON.stringify(name)}\n`);
  }

  kill(signal: "SIGKILL" | "SIGTERM" | "SIGINT"): void {
    this.#isStopped = true;
    this.#process.kill(signal);
  }

  /** Ends the process if it is still there, and waits for its end: not for ever, as what it started itself may hold its output open. */
  async stop(): Promise<void> {
    if (!this.#hasEnded) this.kill("SIGKILL");
    await settlesWithin(STOP_MS, this.ended);
  }

  async #end(): Promise<Ended> {
    try {
      const [stderr, { code, signal }] = await Promise.all([
        this.#stderr,
        this.#process.status.catch(refuseStart),
        this.#read(),
      ]);
      const end = { code: signal === null ? code : null, signal, stderr };
      this.#check(end);
      return end;
    } finally {
      this.#process.closeInput();
      this.#hasEnded = true;
      this.#wake();
    }
  }

  async #read(): Promise<void> {
    const lines = new LineSplitter();
    for await (const piece of this.#process.stdout) {
      for (const line of lines.push(piece)) {
        if (line.startsWith(MARKER)) {
          this.#receive(JSON.parse(line.slice(MARKER.length)));
        } else if (line !== "" && this.#printed.length < KEPT_LINES) {
          this.#printed.push(line);
        }
      }
    }
  }

  #receive(message: ChildMessage): void {
    this.#onMove();
    if (message.type === "loaded") {
      this.#isLoaded = true;
    } else if (message.type === "event") {
      this.#events.push({ name: message.name, data: message.data });
    } else if (message.type === "done") {
      this.#isDone = true;
    } else if (message.type === "store") {
      this.#storePid = message.pid;
    } else if (message.type === "stopped") {
      this.#stopped ??= new CaseStop(message.status, message.message);
    } else {
      this.#thrown = message;
      this.#seeTransient(message.transientAfter);
    }
    this.#wake();
  }

  /** By this process's clock: that of the other one began elsewhere. */
  #seeTransient(ms: number | undefined): void {
    const to = performance.now();
    if (ms !== undefined) this.#transient.push({ from: to - ms, to });
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  #check(end: Ended): void {
    if (this.#stopped !== undefined) throw this.#stopped;
    if (this.#thrown !== undefined) throw this.#explainThrown(this.#thrown);
    if (this.#isStopped || (this.#isDone && end.code === 0)) return;
    throw this.#fail(
      "the case's process ends by itself, without a failure",
      `it ended ${describeEnd(end)}`,
      end.stderr,
    );
  }

  #explainThrown({ by, lines }: ChildMessage & { type: "thrown" }): CaseStop {
    const [first = ""] = lines;
    if (by !== "store") {
      const whose = by === "harness" ? "the harness" : "the case";
      return new CaseStop(
        "error",
        `${whose} failed in the case's process: ${first}`,
      );
    }
    return failed(this.#case, {
      expected: "the operation in the case's process succeeds",
      observed: `it rejected with ${first}`,
      evidence: [{ title: "error chain", lines }],
    });
  }

  #fail(expected: string, observed: string, stderr: string): CaseStop {
    if (!this.#isLoaded) {
      const [first = ""] = stderr.trimStart().split("\n");
      return new CaseStop(
        "error",
        `the case's process could not load the harness and the cases, and says nothing about the store: ${observed}${
          first === "" ? "" : `; ${first}`
        }. If this process was started with flags that decide how modules are found, pass them in the environment variable '${DENO_ARGS}'`,
      );
    }
    const evidence = [
      { title: "standard error", lines: stderr.trimEnd().split("\n") },
      { title: "standard output", lines: this.#printed },
    ].filter(({ lines }) => lines.join("") !== "");
    return failed(this.#case, { expected, observed, evidence });
  }
}

function refuseStart(error: unknown): never {
  const [why] = describeError(error);
  throw new CaseStop("unverified", `no process can be started: ${why}`);
}

function describeEnd({ code, signal }: Ended): string {
  return signal === null ? `with exit code ${code}` : `by ${signal}`;
}
