import type { Cause, Diagnosis } from "../diagnosis/diagnose.ts";
import { CLAUSES, clauseUrl } from "../model/clauses.ts";
import { summarizeDiagnosis } from "./diagnosis.ts";
import { escapeXml } from "./escape_xml.ts";
import { printable } from "./printable.ts";

/** So many causes are shown in full; the others behind a line. */
const SHOWN = 5;

/**
 * Likely causes as a list, with links to the cases and the clauses.
 *
 * @returns HTML; the empty string if there is nothing to say that the failures do not say themselves.
 */
export function formatHtmlCauses(diagnosis: Diagnosis): string {
  const summary = summarizeDiagnosis(diagnosis);
  if (summary === "") return "";
  const { causes, unexplained } = diagnosis;
  const items = causes.map(formatCause);
  const rest = items.slice(SHOWN);
  const more = rest.length === 0
    ? ""
    : `<details class="more"><summary>${rest.length} more causes</summary><ol start="${
      SHOWN + 1
    }">${rest.join("\n")}</ol></details>`;
  const others = unexplained.length === 0
    ? ""
    : `<details class="more"><summary>Not explained by a known fault, by what was seen</summary><ul>${
      unexplained.map(({ observed, ids }) =>
        `<li>${linkCases(ids)}: ${escapeXml(printable(observed))}</li>`
      ).join("\n")
    }</ul></details>`;
  return `<h2>Likely causes</h2>
<p>${escapeXml(summary)}</p>
<ol class="causes">${items.slice(0, SHOWN).join("\n")}</ol>${more}${others}`;
}

function formatCause(cause: Cause): string {
  const { title, faults, others, clause, remedy, explains } = cause;
  const lines = [
    ...faults.slice(0, 1).map(({ fault }) => `such as: ${escapeXml(fault)}`),
    ...others.map((other) => `or else: ${escapeXml(other.title)}`),
  ].map((line) => `<br><small>${line}</small>`);
  const against = cause.contradictedBy.length === 0
    ? ""
    : ` Against it: ${linkCases(cause.contradictedBy)} passed.`;
  return `<li><b>${escapeXml(printable(title))}</b>${lines.join("")}
<p class="repair">${formatCode(remedy)} <a href="${
    escapeXml(clauseUrl(clause))
  }" title="${escapeXml(CLAUSES[clause] ?? "")}">Clause ${clause}</a></p>
<p>Explains ${explains.length}: ${linkCases(explains)}.${against}</p></li>`;
}

/** A text with what stands between backticks as code. */
function formatCode(text: string): string {
  return escapeXml(text).replace(/`([^`]*)`/g, "<code>$1</code>");
}

function linkCases(ids: readonly string[]): string {
  return ids.map((id) => `<a class="id" href="#${id}">${id}</a>`).join(" ");
}
