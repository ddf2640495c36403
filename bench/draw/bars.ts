import { OURS } from "../clients/find_clients.ts";
import type { Table } from "../report/table.ts";
import { type Drawing, round, write } from "./svg.ts";

const HEIGHT = 22;
const NAMES = 150;
const LONGEST = 440;
const NUMBERS = 70;

/**
 * Draws the rates of a table as bars, the fastest first, ours in a colour of
 * their own. Clients that were not measured are left out.
 *
 * @param table A comparison of clients.
 */
export function drawBars({ title, rows, columns }: Table): Drawing {
  const unit = columns.find(({ key }) => key === "rate")?.title ?? "";
  const bars = rows.flatMap(({ client, rate }) =>
    typeof rate === "number" && Number.isFinite(rate)
      ? [{ name: `${client}`, rate }]
      : []
  ).sort((a, b) => b.rate - a.rate);
  const most = Math.max(...bars.map(({ rate }) => rate), 1);
  const body = bars.map(({ name, rate }, index) => {
    const y = index * HEIGHT;
    const kind = OURS.includes(name) ? "ours" : "other";
    const width = round(rate / most * LONGEST);
    return [
      write(name, { x: NAMES - 8, y: y + 14, anchor: "end" }),
      `<rect class="${kind}" x="${NAMES}" y="${
        y + 3
      }" width="${width}" height="${HEIGHT - 6}"/>`,
      write(`${rate.toFixed(0)} ${unit}`, {
        x: NAMES + width + 6,
        y: y + 14,
        kind: "dim",
      }),
    ].join("");
  });
  return {
    title,
    width: NAMES + LONGEST + NUMBERS,
    height: bars.length * HEIGHT,
    body: body.join("\n"),
  };
}
