/** Opened by a link or printed; arrow keys go from mark to mark. */
export const SCRIPT = `
document.querySelector(".matrix").addEventListener("keydown", (event) => {
  const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
  const cell = event.target.closest("td");
  if (!step || !cell) return;
  const rows = [...document.querySelectorAll(".matrix tr:not(.section)")];
  const row = rows[rows.indexOf(cell.parentElement) + step[0]];
  const next = row?.cells[cell.cellIndex + step[1]]?.querySelector("a");
  if (!next) return;
  event.preventDefault();
  next.focus();
});
`;

/** Beside the style of every report. */
export const STYLE = `
body { max-width: 96rem; }
.facts { color: light-dark(#555, #aaa); font-size: .85rem; }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; list-style: none; margin: .6rem 0; padding: 0; }
.mark { border-radius: .25rem; color: #fff; display: inline-block; font-weight: 700; height: 1.5rem; line-height: 1.5rem; text-align: center; width: 1.9rem; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.mark.kept { background: #1a7f37; }
.mark.advice { background: #8a5a00; }
.mark.broken { background: #b3261e; }
.mark.unjudged { background: light-dark(#d9d4e3, #453b56); color: light-dark(#4d3b6b, #d7c9f0); }
.mark.inapplicable { background: light-dark(#ececec, #2d2f31); color: light-dark(#666, #999); }
a.mark:hover { text-decoration: none; }
a.mark:hover, a.mark:focus-visible { outline: .18rem solid light-dark(#0b57d0, #8ab4f8); outline-offset: .08rem; }
.matrix { border-collapse: separate; border-spacing: 0; line-height: 1.25; width: auto; }
.matrix th, .matrix td { background: Canvas; border: 0; padding: .08rem; }
.matrix td { min-width: 0; }
.matrix thead th { font-weight: 400; vertical-align: bottom; }
.matrix thead span { display: inline-block; padding: .3rem 0; transform: rotate(180deg); writing-mode: vertical-rl; white-space: nowrap; }
.matrix thead th { padding: 0 .08rem; text-align: center; }
.matrix .first { padding-left: .55rem; }
.matrix tr > :first-child { left: 0; position: sticky; z-index: 1; }
.matrix tbody th[scope=row] { font-size: .85rem; font-weight: 400; max-width: 34rem; min-width: 20rem; padding-right: .6rem; text-align: left; vertical-align: middle; white-space: normal; }
.matrix th[scope=row] > span { display: block; padding-left: 1.6rem; text-indent: -1.6rem; }
.matrix th[scope=row] a { display: inline-block; font-weight: 700; min-width: 1.35rem; text-indent: 0; }
.matrix .section th { border-bottom: 1px solid var(--line); padding-top: .7rem; text-align: left; }
.matrix .section span { left: .1rem; position: sticky; }
.matrix tr:hover th[scope=row], .matrix tr:hover td { background: light-dark(#f1f3f4, #2a2b2d); }
.runs td:nth-child(4) { min-width: 14rem; white-space: normal; }
.runs td:nth-child(3) { white-space: normal; min-width: 10rem; }
.runs .count { text-align: center; }
section { scroll-margin-top: 1rem; }
details { margin: .2rem 0; }
details > p, details > pre { margin-left: 2.3rem; }
details .mark, .runs .mark, .legend .mark { font-size: .8rem; height: 1.2rem; line-height: 1.2rem; width: 1.5rem; }
:target > summary, section:target > h3 { background: light-dark(#fff3cd, #4a3b00); }
.unseen { clip-path: inset(50%); height: 1px; overflow: hidden; position: absolute; width: 1px; }
@media (max-width: 40rem) {
  .matrix tbody th[scope=row] { font-size: .72rem; max-width: 9.5rem; min-width: 9.5rem; }
  .matrix th[scope=row] > span { -webkit-box-orient: vertical; display: -webkit-box; -webkit-line-clamp: 3; overflow: hidden; padding: 0; text-indent: 0; }
  .matrix th[scope=row] a { display: inline; }
  .matrix thead span { font-size: .8rem; }
  details > p, details > pre { margin-left: .5rem; }
}
@media print {
  @page { margin: 1cm; size: landscape; }
  body { font-size: 11px; max-width: none; }
  .wide { overflow: visible; }
  .matrix { font-size: 10px; }
  .matrix tr { break-inside: avoid; }
  .matrix tbody th[scope=row] { font-size: 9px; }
  .mark { height: 1.1rem; line-height: 1.1rem; width: 1.4rem; }
  details.broken::details-content, details.advice::details-content { content-visibility: visible; }
  details.kept, details.inapplicable { display: none; }
}
`;
