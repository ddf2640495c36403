const ENCODER = new TextEncoder();

/**
 * Tells on standard error what is under way: one line that is written over on a
 * terminal, elsewhere a line for each change of the first argument.
 */
export class Progress {
  readonly #isTerminal = Deno.stderr.isTerminal();
  #last = "";

  /**
   * Tells a step.
   *
   * @param stage What changes rarely.
   * @param detail What changes often.
   */
  show(stage: string, detail = ""): void {
    if (this.#isTerminal) {
      write(`\r\x1b[K${`${stage}  ${detail}`.slice(0, 78)}`);
    } else if (stage !== this.#last) console.error(stage);
    this.#last = stage;
  }

  /** Makes room for other output. */
  clear(): void {
    if (this.#isTerminal) write("\r\x1b[K");
  }
}

function write(text: string): void {
  Deno.stderr.writeSync(ENCODER.encode(text));
}
