/** Where everything stands: modules in the first column, stages to the right of what they need, services in rows. */
import type { Graph, GraphStage } from './graph-model';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Boxes in pixels. Keys are names; a module and a service may have the same. */
export interface Layout {
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
/** A stage with more services than this is set in several columns. */
const MOST_ROWS = 40;

/** Lays out a graph. Equal graphs give equal pictures. */
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

/** Stages by how many others they wait for in a row. */
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
