/** What stands below each picture: it is not shown without. */
export interface Caption {
  /** The command that draws it again. */
  readonly command: string;
  /** When it began, in ISO 8601. */
  readonly date: string;
  /** The machine. */
  readonly machine: string;
}

/** A picture. */
export interface Picture {
  /** The file's name, without its ending. */
  readonly name: string;
  /** What it shows, for those who do not see it. */
  readonly alt: string;
  /** The file. */
  readonly svg: string;
}

/** Something that is drawn, without its frame. */
export interface Drawing {
  /** What it shows. */
  readonly title: string;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** Elements, from the drawing's own corner. */
  readonly body: string;
}

const STYLE = `
  svg { font-family: system-ui, sans-serif; font-size: 12px; }
  .back { fill: #ffffff; } text { fill: #1f2328; } .dim { fill: #59636e; }
  .title { font-size: 15px; font-weight: 600; } .small { font-size: 10px; }
  .line { stroke: #d1d9e0; } .ours { fill: #0969da; } .other { fill: #9aa4af; }
  .c0 { fill: #1a7f37; } .c1 { fill: #7cc98e; } .c2 { fill: #e8c84d; }
  .c3 { fill: #e5534b; } .cx { fill: #d1d9e0; }
  .t0, .t3 { fill: #ffffff; } .t1, .t2 { fill: #1f2328; }
  .s { fill: none; stroke-width: 2; stroke: #9aa4af; } .s.mine { stroke: #0969da; }
  @media (prefers-color-scheme: dark) {
    .back { fill: #0d1117; } text { fill: #f0f6fc; } .dim { fill: #9198a1; }
    .line { stroke: #3d444d; } .ours { fill: #4493f8; } .other { fill: #656c76; }
    .c0 { fill: #238636; } .c1 { fill: #2f6f44; } .c2 { fill: #9e7c10; }
    .c3 { fill: #b62324; } .cx { fill: #3d444d; }
    .t0, .t1, .t2, .t3 { fill: #ffffff; }
    .s { stroke: #656c76; } .s.mine { stroke: #4493f8; }
  }`;

const MARGIN = 16;
const TITLE = 28;
const CAPTION = 34;
const LEAST_WIDTH = 560;

/**
 * Frames a drawing with its title above and where it comes from below. It
 * follows the light or the dark of whoever looks at it.
 *
 * @param drawing What is drawn.
 * @param caption Where it comes from.
 */
export function frame(
  { title, width, height, body }: Drawing,
  { command, date, machine }: Caption,
): string {
  const full = Math.max(LEAST_WIDTH, width + 2 * MARGIN);
  const bottom = MARGIN + TITLE + height;
  const all = bottom + CAPTION + MARGIN;
  const where = `${date.slice(0, 10)}, ${machine}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${full}" height="${all}" viewBox="0 0 ${full} ${all}" role="img">`,
    `<title>${escape(title)}</title>`,
    `<style>${STYLE}\n</style>`,
    `<rect class="back" width="${full}" height="${all}"/>`,
    write(title, { x: MARGIN, y: MARGIN + 12, kind: "title" }),
    `<g transform="translate(${MARGIN} ${MARGIN + TITLE})">${body}</g>`,
    write(command, { x: MARGIN, y: bottom + 20, kind: "small dim" }),
    write(where, { x: MARGIN, y: bottom + 34, kind: "small dim" }),
    "</svg>\n",
  ].join("\n");
}

/** Where a text stands, and how. */
export interface TextPlace {
  /** Pixels from the left. */
  readonly x: number;
  /** Pixels from the top to its line. */
  readonly y: number;
  /** Classes of the style. @default none */
  readonly kind?: string;
  /** Which of its points is at `x`. @default {"start"} */
  readonly anchor?: "start" | "middle" | "end";
}

/** Writes a text. @param text Any text. @param place Where. */
export function write(
  text: string,
  { x, y, kind, anchor = "start" }: TextPlace,
): string {
  const style = kind === undefined ? "" : ` class="${kind}"`;
  return `<text x="${round(x)}" y="${
    round(y)
  }" text-anchor="${anchor}"${style}>${escape(text)}</text>`;
}

/** Escapes what XML would take for its own. */
export function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** Writes a coordinate; a tenth of a pixel is enough. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
