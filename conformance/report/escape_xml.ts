/**
 * A text as it stands in XML or HTML, in an element or a quoted attribute.
 * What XML 1.0 cannot hold, such as most control characters and a lone
 * surrogate, is shown as `\u{…}`.
 *
 * @param text Any text.
 */
export function escapeXml(text: string): string {
  return text
    .replace(NOT_IN_XML, (c) => `\\u{${c.codePointAt(0)!.toString(16)}}`)
    .replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

// deno-lint-ignore no-control-regex -- they are what has to go.
const NOT_IN_XML = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]|\p{Cs}/gu;
