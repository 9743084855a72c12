/** Texts from outside in HTML, XML, Mermaid and DOT: they stay texts. */
import { escapeUnits, printable } from './terminal';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Returns the text for elements and for quoted attributes. What a terminal obeys, which XML mostly forbids, becomes `?`. */
export function escapeHtml(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

/** Returns JSON for a `script` element of type `application/json`: nothing in it can end the element or begin a comment. */
export function jsonForHtml(value: unknown): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, escapeUnits);
}

/**
 * Returns the text for a label in double quotes of a Mermaid chart. All but letters, digits and harmless signs become Mermaid's entities
 * (https://mermaid.js.org/syntax/flowchart.html), and what a terminal obeys becomes `?`.
 */
export function escapeMermaid(text: string): string {
  return printable(text).replace(/[^\p{L}\p{N} ._/@:+-]/gu, (character) => `#${character.codePointAt(0)};`);
}

/**
 * Returns the text as a quoted string of Graphviz (https://graphviz.org/doc/info/lang.html). Labels have escapes that begin with a backslash
 * and entities of HTML. What a terminal obeys becomes `?`.
 */
export function quoteDot(text: string): string {
  const escaped = printable(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('&', '&amp;');
  return `"${escaped}"`;
}
