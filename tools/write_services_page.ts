/**
 * Writes `src/opendal/SERVICES.md`, the page of what the OpenDAL store keeps on each service, from the table in
 * `src/opendal/services.ts`.
 *
 * @module
 */
import {
  canList,
  largestObjectOn,
  limitationsOf,
  type Service,
  type ServiceFamily,
  SERVICES,
  writesPieces,
} from "../src/opendal/services.ts";

const ALLOWED = new URL(
  "./services/allowed_opendal.json",
  import.meta.url,
);
const PAGE = new URL("../src/opendal/SERVICES.md", import.meta.url);
const FAMILIES: Readonly<Record<ServiceFamily, string>> = {
  objects: "a flat namespace, objects visible whole",
  values: "a flat namespace of values, each written and read as one",
  files: "a tree; written under a temporary name and renamed",
};

/** As much as the page needs of what the tests allow. */
interface Allowed {
  readonly case: string;
  readonly server: string | readonly string[];
  readonly status: string;
  readonly owner?: string;
  readonly reason: string;
}

if (import.meta.main) {
  await Deno.writeTextFile(PAGE, await buildServicesPage());
}

/**
 * Page of all services that the OpenDAL store knows.
 *
 * @returns Markdown, as `deno fmt` leaves it.
 */
export async function buildServicesPage(): Promise<string> {
  const allowed: Allowed[] = JSON.parse(await Deno.readTextFile(ALLOWED));
  const services = Object.entries(SERVICES);
  const lines = [
    "# What the OpenDAL store keeps on each service",
    "",
    "Made from `src/opendal/services.ts` by `deno task generate`.",
    "`OpendalObjectStore.limitations` says the same of a store. A scheme that is not",
    "here is judged by the operator's `capability()`.",
    "",
    ...table(
      [
        ...["Scheme", "Kind", "Suite run", "Largest object, strict"],
        ...["In pieces", "Lists"],
      ],
      services.map(([scheme, service]) => [
        `\`${scheme}\``,
        service.family,
        service.isTested ? "yes" : "no",
        formatSize(largestObjectOn(service, true)),
        writesPieces(service, true)
          ? "yes"
          : service.signsUploads
          ? "no, sent as they are read"
          : "no, held in memory",
        canList(service) ? "yes" : "no",
      ]),
    ),
    "",
    '"Suite run" says whether the conformance suite runs on the service, or its',
    "emulator, in this project's tests (`tests/stores/opendal_test.ts`); what fails",
    "there, and whose fault it is, stands in `tools/services/allowed_opendal.json`.",
    "The others are of a kind with one of these, and were not run.",
    "",
    "## Kinds",
    "",
    ...Object.entries(FAMILIES).flatMap(([family, text]) => [
      `- **${family}**: ${text}.`,
    ]),
    "",
    "## What is not kept",
    "",
    ...table(
      ["Clause", "What holds instead", "Where"],
      limitations(services).map(({ clause, text, schemes }) => [
        `[${clause}](../../CONTRACT.md#clause-${clause})`,
        text,
        schemes.length === services.length
          ? "everywhere"
          : schemes.map((scheme) => `\`${scheme}\``).join(", "),
      ]),
    ),
    "",
    "## What fails in the suite",
    "",
    "Every other case passes, or is not for the service.",
    "",
    ...table(
      ["Case", "Service", "Whose it is", "Why"],
      allowed.filter(({ status }) => status === "fail").map((entry) => [
        entry.case,
        [entry.server].flat().join(", "),
        entry.owner ?? "",
        entry.reason,
      ]),
    ),
    "",
  ];
  return lines.join("\n");
}

/** Every limitation once, with the services that have it. */
function limitations(
  services: readonly (readonly [string, Service])[],
): { clause: number; text: string; schemes: string[] }[] {
  const found = new Map<
    string,
    { clause: number; text: string; schemes: string[] }
  >();
  for (const [scheme, service] of services) {
    for (const { clause, text } of limitationsOf(service)) {
      const entry = found.get(text) ?? { clause, text, schemes: [] };
      entry.schemes.push(scheme);
      found.set(text, entry);
    }
  }
  return [...found.values()].sort((a, b) => a.clause - b.clause);
}

function formatSize(bytes: number): string {
  if (bytes === Number.MAX_SAFE_INTEGER) return "the service's own";
  const mib = bytes / 2 ** 20;
  return `${Math.floor(mib)} MiB`;
}

/** Lines of a table whose columns are as wide as their widest cell, which is how `deno fmt` leaves it. */
function table(head: readonly string[], rows: readonly string[][]): string[] {
  const widths = head.map((title, index) =>
    Math.max(
      ...[title, ...rows.map((row) => row[index] ?? "")].map(({ length }) =>
        length
      ),
    )
  );
  const line = (cells: readonly string[]) =>
    `| ${
      cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(" | ")
    } |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [line(head), rule, ...rows.map(line)];
}
