type ErrorClass = new (message: string) => Error;

/** Words in the name of a secret, whose value is not shown. */
const SECRET = /secret|key|token|password|credential/i;

/**
 * Makes the error for an option that is not as it must be, such as `Cannot
 * retry as 'maxAttempts' must be a positive integer: current value is 0`.
 *
 * @param action What cannot be done with it.
 * @param name The option's name.
 * @param rule What it must do or be, as the end of a sentence.
 * @param value The current value; it shows, so it must not be a secret.
 * @param Class The error's class: `RangeError` for a number out of its range. @default {TypeError}
 */
export function refuseOption(
  action: string,
  name: string,
  rule: string,
  value: unknown,
  Class: ErrorClass = TypeError,
): Error {
  return new Class(
    `Cannot ${action} as '${name}' must ${rule}: current value is ${
      show(value)
    }`,
  );
}

/**
 * Makes the error for an argument of an operation that is not as it must be,
 * such as `Cannot use 'filename' as it must be a path without NUL: current
 * value is "a\0"`.
 *
 * @param name The argument's or option's name.
 * @param rule What it must do or be, as the end of a sentence.
 * @param value The current value.
 * @param Class The error's class: `RangeError` for a number out of its range. @default {TypeError}
 */
export function refuseArgument(
  name: string,
  rule: string,
  value: unknown,
  Class: ErrorClass = TypeError,
): Error {
  return new Class(
    `Cannot use '${name}' as it must ${rule}: current value is ${show(value)}`,
  );
}

/**
 * Refuses options that there are none of, so that a misspelt one is not
 * silently left out.
 *
 * @param action What cannot be done with them.
 * @param options What was given.
 * @param names The names that there are.
 * @param within What stands before each name, such as `upload.`. @default {""}
 * @throws {TypeError} If one is unknown. Its value shows only if its name is not that of a secret.
 */
export function refuseUnknown(
  action: string,
  options: object,
  names: { has(name: string): boolean },
  within = "",
): void {
  for (const [name, value] of Object.entries(options)) {
    if (names.has(name)) continue;
    const shown = SECRET.test(name) ? "not shown" : show(value);
    throw new TypeError(
      `Cannot ${action} as the option '${within}${name}' is unknown: current value is ${shown}`,
    );
  }
}

function show(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
