/** The oldest Deno that sends and receives right: 2.8 gives no length of an encoded answer, 2.5 damages uploads of more than 1 MiB. */
const OLDEST = { major: 2, minor: 9 };

/**
 * Refuses a Deno whose HTTP clients are known to be wrong, so that nobody
 * finds it out by a damaged object. Other runtimes are not judged.
 *
 * @param version The version of Deno. @default That of this process.
 * @throws {Error} If it is too old.
 */
export function checkRuntime(
  version: string | undefined = globalThis.Deno?.version.deno,
): void {
  const [, major, minor] = /^(\d+)\.(\d+)\./.exec(version ?? "") ?? [];
  if (major === undefined || minor === undefined) return;
  const isOld = Number(major) < OLDEST.major ||
    (Number(major) === OLDEST.major && Number(minor) < OLDEST.minor);
  if (!isOld) return;
  throw new Error(
    `Cannot open a store over HTTP as Deno ${OLDEST.major}.${OLDEST.minor} or later is needed: current version is ${version}`,
  );
}
