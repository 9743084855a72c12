/** A graph as SVG, which shows everything without a script. */
import { escapeHtml } from '../text/escape';
import type { Graph, GraphEdge, GraphStage } from './graph-model';

const LABEL_LENGTH = 30;

/** Returns an `svg` element. For the page's script, nodes carry `data-node` (`m:name`, `s:name`), and edges `data-from` and `data-to`. */
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
  const key = escapeHtml(`${kind === 'image' ? 's' : 'm'}:${from}`);
  const path = `M${x1},${y1} C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`;
  return [
    `<path class="edge ${kind}${isHit ? ' hit' : ''}" data-from="${key}" data-to="${escapeHtml(`s:${to}`)}" d="${path}"/>`,
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
    `<g class="node ${kind}${isHit ? ' hit' : ''}" data-node="${escapeHtml(key)}" tabindex="0" role="button">`,
    `<title>${escapeHtml(name)}</title>`,
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="${kind === 'module' ? height / 2 : 5}"/>`,
    `${text(label, x + 12, y + 17, 'label')}</g>`,
  ];
}

function text(content: string, x: number, y: number, className: string): string {
  return `<text class="${className}" x="${x}" y="${y}">${escapeHtml(content)}</text>`;
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Boxes in pixels. Keys are names; a module and a service may have the same. */
interface Layout {
  readonly width: number;
  readonly height: number;
  readonly modules: ReadonlyMap<string, Box>;
  readonly services: ReadonlyMap<string, Box>;
  readonly stages: ReadonlyMap<string, Box>;
}

const NODE = { width: 220, height: 26 };

const GAP = 8;

const COLUMN_GAP = 150;

const MARGIN = 24;

const TITLE = 30;

const PADDING = 14;

/** The rows of a column of a stage. More services make several columns. */
const MOST_ROWS = 40;

/**
 * Lays out a graph: modules in the first column, stages to the right of those they wait for, services in rows. Equal graphs give equal
 * pictures.
 */
export function layOut(graph: Graph): Layout {
  const services = new Map<string, Box>();
  const stages = new Map<string, Box>();
  const modules = columnOf(
    graph.modules.map(({ name }) => name),
    MARGIN,
    MARGIN + TITLE,
  );
  let x = MARGIN + (modules.size === 0 ? 0 : NODE.width + COLUMN_GAP);
  for (const level of levelsOf(graph.stages)) {
    let y = MARGIN;
    let right = x;
    for (const stage of level) {
      const names = graph.services.filter((service) => service.stage === stage.name).map(({ name }) => name);
      const box = placeStage(names, x, y, services);
      stages.set(stage.name, box);
      y += box.height + 2 * GAP;
      right = Math.max(right, box.x + box.width);
    }
    x = right + COLUMN_GAP;
  }
  const all = [...modules.values(), ...stages.values()];
  return {
    width: Math.max(0, ...all.map((box) => box.x + box.width)) + MARGIN,
    height: Math.max(0, ...all.map((box) => box.y + box.height)) + MARGIN,
    modules,
    services,
    stages,
  };
}

function placeStage(names: readonly string[], x: number, y: number, services: Map<string, Box>): Box {
  const columns = Math.max(1, Math.ceil(names.length / MOST_ROWS));
  const rows = Math.ceil(names.length / columns);
  for (let column = 0; column < columns; column++) {
    const part = names.slice(column * rows, (column + 1) * rows);
    const left = x + PADDING + column * (NODE.width + GAP);
    for (const [name, box] of columnOf(part, left, y + TITLE)) services.set(name, box);
  }
  return {
    x,
    y,
    width: 2 * PADDING + columns * NODE.width + (columns - 1) * GAP,
    height: TITLE + Math.max(1, rows) * (NODE.height + GAP) + PADDING - GAP,
  };
}

function columnOf(names: readonly string[], x: number, top: number): ReadonlyMap<string, Box> {
  return new Map(names.map((name, row) => [name, { x, y: top + row * (NODE.height + GAP), ...NODE }]));
}

/** Groups the stages by the length of the longest chain of stages that each waits for. */
function levelsOf(stages: readonly GraphStage[]): readonly (readonly GraphStage[])[] {
  const byName = new Map(stages.map((stage) => [stage.name, stage]));
  const known = new Map<string, number>();
  const levelOf = (name: string): number => {
    const level = known.get(name) ?? Math.max(0, ...(byName.get(name)?.needs ?? []).map((need) => levelOf(need) + 1));
    known.set(name, level);
    return level;
  };
  const count = Math.max(0, ...stages.map(({ name }) => levelOf(name) + 1));
  return Array.from({ length: count }, (_, level) => stages.filter(({ name }) => levelOf(name) === level));
}
