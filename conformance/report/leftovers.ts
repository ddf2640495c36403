import { printable } from "./printable.ts";
import type { RunSummary } from "./report.ts";

const SHOWN_PLACES = 5;

/**
 * Objects that a run may have left in the store, counted by place.
 *
 * @param summary The end of the run.
 * @returns Lines; none if nothing is left.
 */
export function formatLeftovers(
  { leftoverPlaces: places }: Pick<RunSummary, "leftoverPlaces">,
): string[] {
  const [first] = places;
  if (first === undefined) return [];
  const sum = (key: "objects" | "bytes") =>
    places.reduce((total, place) => total + place[key], 0);
  const run = first.prefix.split("/")[0] ?? "";
  const more = places.length - SHOWN_PLACES;
  return [
    `Left in the store, unless it keeps its objects in a directory that the kit gave: ${
      count(sum("objects"))
    }, ${formatBytes(sum("bytes"))}, below ${
      printable(run)
    }/ (a harness with 'cleanup' removes them)`,
    ...places.slice(0, SHOWN_PLACES).map(({ prefix, objects, bytes }) =>
      `  ${formatBytes(bytes)} in ${count(objects)} below ${printable(prefix)}/`
    ),
    ...(more > 0 ? [`  … and ${more} more places: --report json has all`] : []),
  ];
}

function count(objects: number): string {
  return objects === 1 ? "1 object" : `${objects} objects`;
}

/** A size for people: `2.5 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  let at = 0;
  let value = bytes;
  while (value >= 1024 && at < units.length - 1) {
    value /= 1024;
    at++;
  }
  return `${at === 0 ? value : value.toFixed(1)} ${units[at]}`;
}
