/**
 * The mutants that a case catches, a line each, for `--explain`.
 *
 * @param id The case's id.
 * @returns Nothing where the mutants are not there, as in a published copy without them.
 */
export async function findMutants(id: string): Promise<string[]> {
  // A name that is put together, so that a copy without mutants loads, too.
  const url = new URL("../../tests/proof/mutants/mod.ts", import.meta.url).href;
  let registry: { mutants?: unknown };
  try {
    registry = await import(url);
  } catch {
    // What explains a case does not fail for want of an example.
    return [];
  }
  if (!Array.isArray(registry.mutants)) return [];
  return registry.mutants
    .filter(({ caughtBy }) => caughtBy?.includes(id.toUpperCase()))
    .map(({ name, description }) =>
      description ? `${name}: ${description}` : `${name}`
    );
}
