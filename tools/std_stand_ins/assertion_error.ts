/** What every assertion of the stand-in throws. */
export class AssertionError extends Error {
  /** Makes an error with this message, and a cause if there is one. */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "AssertionError";
  }
}

/** Always fails. */
export function fail(msg?: string): never {
  refuse("Failed assertion", msg);
}

/** Fails where no run should ever come. */
export function unreachable(msg?: string): never {
  refuse("Unreachable", msg);
}

/** Throws the finding, followed by the caller's own message, and by details on lines of their own. */
export function refuse(finding: string, msg?: string, details?: string): never {
  const sentence = msg ? `${finding}: ${msg}` : `${finding}.`;
  throw new AssertionError(details ? `${sentence}\n${details}` : sentence);
}
