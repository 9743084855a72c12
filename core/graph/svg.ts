/** The picture itself, as SVG that shows everything without any script. */
import type { Graph, GraphEdge } from './graph-model';
import { type Box, type Layout, layOut } from './layout';

const LABEL_LENGTH = 30;

/** An `svg` element. Nodes carry `data-node` (`m:name`, `s:name`), edges `data-from` and `data-to`, for the page's script. */
export function toSvg(graph: Graph): string {
  const layout = layOut(graph);
  const title = graph.modules.length === 0 ? [] : [text('modules', 24, 40, 'title')];
  return [
    `<svg id="picture" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${layout.width} ${layout.height}" role="img" aria-label="services and modules">`,
    '<g id="stages">',
    ...graph.stages.flatMap((stage) => stageBox(stage.title, layout.stages.get(stage.name))),
    ...title,
    '</g><g id="edges">',
    ...graph.edges.flatMap((edge) => edgePath(edge, layout)),
    '</g><g id="nodes">',
    ...graph.modules.flatMap(({ name, isChanged }) =>
      node({ key: `m:${name}`, name, kind: 'module', isHit: isChanged, box: layout.modules.get(name) }),
    ),
    ...graph.services.flatMap(({ name, isBuilt }) =>
      node({ key: `s:${name}`, name, kind: 'service', isHit: isBuilt, box: layout.services.get(name) }),
    ),
    '</g></svg>',
  ].join('\n');
}

/** Text for XML and HTML, in elements and in quoted attributes. Control characters, which XML forbids, become `?`. */
export function escapeMarkup(text: string): string {
  return text
    .replace(/\p{Cc}|\p{Cs}/gu, '?')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

function stageBox(title: string, box: Box | undefined): readonly string[] {
  if (box === undefined) return [];
  return [
    `<rect class="stage" x="${box.x}" y="${box.y}" width="${box.width}" height="${box.height}" rx="8"/>`,
    text(title, box.x + 14, box.y + 20, 'title'),
  ];
}

function edgePath({ kind, from, to, isHit }: GraphEdge, { modules, services }: Layout): readonly string[] {
  const source = (kind === 'image' ? services : modules).get(from);
  const target = services.get(to);
  if (source === undefined || target === undefined) return [];
  const [x1, y1] = [source.x + source.width, source.y + source.height / 2];
  const [x2, y2] = [target.x, target.y + target.height / 2];
  const bend = Math.max(40, Math.abs(x2 - x1) / 2);
  const key = escapeMarkup(`${kind === 'image' ? 's' : 'm'}:${from}`);
  const path = `M${x1},${y1} C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`;
  return [
    `<path class="edge ${kind}${isHit ? ' hit' : ''}" data-from="${key}" data-to="${escapeMarkup(`s:${to}`)}" d="${path}"/>`,
  ];
}

interface NodeParts {
  readonly key: string;
  readonly name: string;
  readonly kind: string;
  readonly isHit: boolean;
  readonly box: Box | undefined;
}

function node({ key, name, kind, isHit, box }: NodeParts): readonly string[] {
  if (box === undefined) return [];
  const label = name.length > LABEL_LENGTH ? `${name.slice(0, LABEL_LENGTH - 1)}…` : name;
  const { x, y, width, height } = box;
  return [
    `<g class="node ${kind}${isHit ? ' hit' : ''}" data-node="${escapeMarkup(key)}" tabindex="0" role="button">`,
    `<title>${escapeMarkup(name)}</title>`,
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="${kind === 'module' ? height / 2 : 5}"/>`,
    `${text(label, x + 12, y + 17, 'label')}</g>`,
  ];
}

function text(content: string, x: number, y: number, className: string): string {
  return `<text class="${className}" x="${x}" y="${y}">${escapeMarkup(content)}</text>`;
}
