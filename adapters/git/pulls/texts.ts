/** Texts of pull requests for hosts whose Markdown has no HTML, and that limit how long texts are. */
import { clipLines } from '../../../core/text/escape';
import { withoutHtml } from '../plain-markdown';

/** Returns the body for a host without HTML, in at most so many bytes. */
export function plainBody(body: string, bytes: number): string {
  return fitText(withoutHtml(body).trim(), bytes, 'The summary of the run has the rest.');
}

/** Returns a body that `plainBody` made, with the marker in its first line as it was. */
export function markedBody(body: string): string {
  return body.replace(/^\[\/\/\]: # \((.*)\)/, '<!-- $1 -->');
}

/**
 * Returns the text in at most so many bytes, without white space at its end. Its first line and its last paragraph stay: they say whose it
 * is.
 */
export function fitText(text: string, bytes: number, note: string): string {
  const whole = text.trimEnd();
  if (Buffer.byteLength(whole) <= bytes) return whole;
  const [first = '', ...rest] = whole.split('\n');
  const paragraphs = rest.join('\n').split('\n\n');
  const last = paragraphs.at(-1) ?? '';
  const room = bytes - Buffer.byteLength(first) - Buffer.byteLength(last) - '\n\n\n'.length;
  return `${first}\n${clipLines(paragraphs.slice(0, -1).join('\n\n'), room, note)}\n${last}`;
}

/** Returns the title in at most so many characters. The run in brackets at its end stays. */
export function fitTitle(title: string, longest: number): string {
  if (title.length <= longest) return title;
  const mark = / \[[^[\]]*\]$/.exec(title)?.[0] ?? '';
  return `${title.slice(0, longest - mark.length - '...'.length)}...${mark}`;
}
