import { buildDenoArguments } from "../../../conformance/runner/process/child_command.ts";
import type { Verdict } from "./matrix.ts";
import type { WorkerPlace } from "./devices.ts";
import { type Answer, MARKER, type Question } from "./worker.ts";

const WORKER = import.meta.resolve("./worker.ts");
/** After so many stores a worker is replaced, as mutants leave things behind. */
const MOST = 25;
/** Longer than any store takes, so that one that blocks its process ends. */
const LIMIT_MS = 600_000;

/**
 * Asks the questions, in processes side by side.
 *
 * @param questions What to ask.
 * @param options `places`: one for each process. `onVerdict`: told of each verdict as it comes.
 * @returns The verdicts, in the order of the questions.
 */
export async function judgeAll(
  questions: readonly Question[],
  { places, onVerdict }: {
    places: readonly WorkerPlace[];
    onVerdict: (question: Question, verdict: Verdict) => void;
  },
): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  let next = 0;
  async function workIn(place: WorkerPlace): Promise<void> {
    let worker: Worker | undefined;
    while (next < questions.length) {
      const index = next++;
      const question = questions[index]!;
      worker ??= new Worker(place);
      const { verdict, isSpoilt } = await worker.ask(question, {
        devices: place.devices,
      });
      verdicts[index] = verdict;
      onVerdict(question, verdict);
      if (isSpoilt || worker.count >= MOST) {
        await worker.end();
        worker = undefined;
      }
    }
    await worker?.end();
  }
  await Promise.all(places.map(workIn));
  return verdicts;
}

class Worker {
  /** How many stores it has judged. */
  count = 0;
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #answers: AsyncGenerator<Answer, void>;

  constructor({ cwd, temporary }: WorkerPlace) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "-A", "--quiet", "--no-check"],
        ...buildDenoArguments(),
        WORKER,
      ],
      cwd,
      env: { TMPDIR: temporary },
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#answers = readAnswers(this.#child.stdout);
  }

  async ask(
    { kind, name, options }: Question,
    more: Question["options"],
  ): Promise<Answer> {
    this.count++;
    const question: Question = {
      kind,
      name,
      options: { ...more, ...options },
    };
    const line = new TextEncoder().encode(`${JSON.stringify(question)}\n`);
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), LIMIT_MS);
    try {
      await this.#input.write(line);
      const { value } = await this.#answers.next();
      if (value) return value;
    } catch {
      // It has ended; how, is told below.
    } finally {
      clearTimeout(timer);
    }
    const { code, signal } = await this.#child.status;
    const broken = [`the process ended with ${signal ?? `code ${code}`}`];
    const nothing = { caught: [], passed: [], unverified: {}, seconds: 0 };
    return { verdict: { name, ...nothing, broken }, isSpoilt: true };
  }

  async end(): Promise<void> {
    await this.#input.close().catch(() => {});
    // What a mutant has left behind may keep it from ending.
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 2_000);
    await this.#answers.return();
    await this.#child.status;
    clearTimeout(timer);
  }
}

async function* readAnswers(
  stdout: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<Answer, void> {
  let rest = "";
  for await (const text of stdout.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line.startsWith(MARKER)) yield JSON.parse(line.slice(MARKER.length));
    }
  }
}
