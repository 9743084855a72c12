/** Graphs as large as real ones, for tests of the page. */
import { readFileSync } from 'node:fs';
import { parseCatalog } from '../../../core/catalog/parse-catalog';
import type { Graph, GraphEdge } from '../../../core/graph/graph-model';

const COMMITS = { commit: 'c'.repeat(40), base: 'b'.repeat(40) };

/** Returns the graph of Cloud-Tuner's catalog, with a change of one module that several services read. */
export function cloudTunerGraph(): Graph {
  const catalog = parseCatalog(readFileSync('catalogs/cloud-tuner.yaml', 'utf8'));
  const edges = catalog.services.flatMap(({ name, dependencies }) =>
    dependencies.map((from): GraphEdge => ({ kind: 'read', from, to: name, isHit: from === 'optscale_exceptions' })),
  );
  const hit = new Set(edges.filter(({ isHit }) => isHit).map(({ to }) => to));
  return {
    ...COMMITS,
    stages: catalog.stages,
    modules: catalog.modules.map(({ name, path }) => ({ name, path, isChanged: name === 'optscale_exceptions' })),
    services: catalog.services.map(({ name, stage, group, path, dockerfile, minutes }) => ({
      name,
      stage,
      ...(group === undefined ? {} : { group }),
      path,
      dockerfile,
      minutes,
      isBuilt: hit.has(name),
      reasons: hit.has(name)
        ? [{ kind: 'input-changed', path: 'tools/optscale_exceptions/__init__.py', text: 'changed' }]
        : [],
    })),
    edges: [...edges, { kind: 'image', from: 'mongo', to: 'mcp-mongo', isHit: false }],
  };
}

/** Returns a graph of `count` services in four stages, with twenty modules; every tenth service is a base of the next ones. */
export function largeGraph(count: number): Graph {
  const name = (at: number) => `service-${at + 1}`;
  const stageOf = (at: number) => `stage${Math.floor((at * 4) / count)}`;
  const edges = Array.from({ length: count }, (_, at): readonly GraphEdge[] => [
    { kind: 'read', from: `module-${(at % 20) + 1}`, to: name(at), isHit: at % 20 === 3 },
    { kind: 'declared', from: `module-${((at * 7) % 20) + 1}`, to: name(at), isHit: false },
    ...(at % 10 === 5 ? [{ kind: 'image', from: name(at - 5), to: name(at), isHit: false } as const] : []),
  ]).flat();
  return {
    ...COMMITS,
    stages: Array.from({ length: 4 }, (_, at) => ({
      name: `stage${at}`,
      title: `Stage ${at}`,
      needs: at === 0 ? [] : [`stage${at - 1}`],
    })),
    modules: Array.from({ length: 20 }, (_, at) => ({
      name: `module-${at + 1}`,
      path: `libs/module-${at + 1}`,
      isChanged: at === 3,
    })),
    services: Array.from({ length: count }, (_, at) => ({
      name: name(at),
      stage: stageOf(at),
      ...(at % 25 < 3 ? { group: `group-${Math.floor(at / 25)}` } : {}),
      path: `services/${at}`,
      dockerfile: `services/${at}/Dockerfile`,
      minutes: 3,
      isBuilt: at % 20 === 3,
      reasons: [],
    })),
    edges,
  };
}
