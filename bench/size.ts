const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

/** Reads a size like `256MiB`, in bytes; `undefined` if it is none. */
export function parseSize(text: string): number | undefined {
  const [, count, unit = ""] = text.match(/^([1-9]\d*)(B|[KMG]iB)$/) ?? [];
  return count ? Number(count) * (UNITS[unit] ?? 0) : undefined;
}

/** Writes a size in the largest unit that it is a multiple of. */
export function formatSize(bytes: number): string {
  const [unit, factor] = Object.entries(UNITS)
    .findLast(([, factor]) => bytes % factor === 0) ?? ["B", 1];
  return `${bytes / factor} ${unit}`;
}
