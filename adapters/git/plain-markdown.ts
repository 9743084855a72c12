/** Comments for git hosts whose Markdown has no HTML. */

/**
 * Returns the comment without HTML that people would see as text. The marker in the first line becomes a link definition, which no
 * Markdown shows. `<details>` becomes a line with its title.
 */
export function withoutHtml(body: string): string {
  const [first = '', ...rest] = body.split('\n');
  const text = rest
    .join('\n')
    .replace(/^<details><summary>(.*)<\/summary>$/gm, '**$1**')
    .replace(/^<\/details>$/gm, '');
  return `${plainMarker(first)}\n\n${text}`;
}

/** Returns the marker as a link definition: `[//]: # (text)`. */
export function plainMarker(marker: string): string {
  return marker.replace(/^<!-- (.*) -->$/, '[//]: # ($1)');
}
