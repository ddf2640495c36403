import type { Status } from "../model/result.ts";
import { escapeXml } from "./escape_xml.ts";

/**
 * A page that needs nothing else: dark and light as the reader's system is, readable on a phone.
 *
 * @param title Its title, as plain text.
 * @param body Its body, as HTML.
 * @param style Rules of its own, behind those of every page.
 */
export function formatPage(title: string, body: string, style = ""): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeXml(title)}</title>
<style>${STYLE}${style}</style>
</head>
<body>
${body}
<script>${SCRIPT}</script>
</body>
</html>
`;
}

/** A status, or another text in the colour of one. */
export function formatBadge(status: Status, text: string): string {
  return `<span class="badge ${status}" title="${status}">${text}</span>`;
}

/** A form that shows only cases of some statuses, or with some words: it filters everything with `data-status`. */
export function formatFilter(statuses: readonly Status[]): string {
  const boxes = statuses.map((status) =>
    `<label><input type="checkbox" value="${status}" checked> ${
      formatBadge(status, status)
    }</label>`
  );
  return `<form class="filter" hidden><input type="search" placeholder="id, words, clause" aria-label="Show only what contains"> ${
    boxes.join(" ")
  }</form>`;
}

/** Without it everything is there, too: it filters, and opens what a link leads to. */
const SCRIPT = `
const form = document.querySelector(".filter");
if (form) {
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => {
    const words = form.querySelector("input[type=search]").value.toLowerCase();
    const shown = new Set([...form.querySelectorAll("input:checked")].map((box) => box.value));
    for (const each of document.querySelectorAll("[data-status]")) {
      const statuses = each.dataset.status.split(" ");
      each.hidden = !statuses.some((status) => shown.has(status)) ||
        !each.textContent.toLowerCase().includes(words);
    }
    for (const each of document.querySelectorAll("section, .passes")) {
      const isEmpty = !each.querySelector("[data-status]:not([hidden])");
      each.hidden = isEmpty;
      if (each.matches(".passes")) each.open = !isEmpty && words !== "";
    }
  });
}
function openTarget() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  for (let each = target; each; each = each.parentElement) {
    if (each.tagName === "DETAILS") each.open = true;
  }
  if (target) target.scrollIntoView();
}
addEventListener("hashchange", openTarget);
openTarget();
`;

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --soft: #8881; }
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 72rem; overflow-wrap: anywhere; padding: 1rem; }
h1 { margin: .5rem 0; }
h2 { margin: 1.5rem 0 .5rem; }
h3 { border-bottom: 1px solid var(--line); font-size: 1rem; margin: 1rem 0 .3rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .6rem; text-align: left; vertical-align: top; }
td:nth-child(-n+3), th { white-space: nowrap; }
td:nth-child(2) { min-width: 12rem; white-space: normal; }
pre { background: var(--soft); margin: .3rem 0; padding: .6rem; white-space: pre-wrap; }
code { background: var(--soft); padding: 0 .2rem; }
p { margin: .3rem 0; }
.case { margin: .15rem 0; }
[hidden] { display: none !important; }
summary { cursor: pointer; }
.passes > .case { margin-left: 1rem; }
a { color: light-dark(#0b57d0, #8ab4f8); text-decoration: none; }
a:hover { text-decoration: underline; }
small { color: light-dark(#555, #aaa); }
.id { white-space: nowrap; }
.wide { overflow-x: auto; }
.verdict { border-left: .4rem solid; font-size: 1.2rem; font-weight: 600; padding-left: .6rem; }
.verdict.good { border-color: #1a7f37; }
.verdict.bad { border-color: #b3261e; }
.note { background: light-dark(#fff3cd, #4a3b00); padding: .3rem .6rem; white-space: pre-wrap; }
.causes > li { border-bottom: 1px solid var(--line); padding: .4rem 0; }
.repair { background: var(--soft); padding: .3rem .6rem; }
.filter { background: Canvas; border-bottom: 1px solid var(--line); display: flex; flex-wrap: wrap; gap: .3rem .8rem; padding: .5rem 0; position: sticky; top: 0; }
.filter input[type=search] { flex: 1 1 10rem; font: inherit; padding: .2rem .4rem; }
.badge { border-radius: .6rem; color: #fff; display: inline-block; font-size: .85em; padding: 0 .5rem; white-space: nowrap; }
.pass { background: #1a7f37; }
.fail, .error { background: #b3261e; }
.expected-fail, .unexpected-pass { background: #8a5a00; }
.unverified { background: #6e5494; }
.skip { background: #5f6368; }
@media (max-width: 40rem) {
  body { padding: .6rem; }
  h1 { font-size: 1.4rem; }
  ol, ul { padding-left: 1.3rem; }
  th, td { padding: .3rem; }
  .filter { position: static; }
}
`;
