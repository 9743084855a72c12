/** Rules about stages: they exist, differ, and end. */
import type { Catalog, Stage } from './catalog';
import { type CatalogIssue, excerpt } from './catalog-issue';
import type { CatalogFile } from './catalog-schema';
import { type Reference, type Rule, repeated, unknownReferences } from './rule';

export const STAGE_RULES: readonly Rule[] = [
  { name: 'stages-differ', reads: ['stages'], check: stagesDiffer },
  { name: 'stages-exist', reads: ['stages'], check: stagesExist },
  { name: 'stages-end', reads: ['stages'], check: stagesEnd },
];

function stagesDiffer(_file: CatalogFile, { stages }: Catalog): readonly CatalogIssue[] {
  const names = stages.map(({ name }, i) => ({ key: name.toLowerCase(), path: ['stages', i, 'name'], owner: name }));
  const titles = stages.map(({ name, title }, i) => ({
    key: title.toLowerCase(),
    path: ['stages', i, 'title'],
    owner: name,
  }));
  return [
    ...repeated(names, (first) => `there is a stage '${first}' already, and case does not count; rename one`),
    ...repeated(titles, (first) => `the stage '${first}' has this title; it names a state, so give each stage its own`),
  ];
}

function stagesExist({ defaults, modules, services }: CatalogFile, { stages }: Catalog): readonly CatalogIssue[] {
  const references: readonly Reference[] = [
    ...stages.flatMap(({ needs }, i) => needs.map((name, j) => ({ path: ['stages', i, 'needs', j], name }))),
    { path: ['defaults', 'stage'], name: defaults.stage },
    ...Object.entries(services).map(([name, { stage }]) => ({ path: ['services', name, 'stage'], name: stage })),
    ...Object.entries(modules).map(([name, { publish }]) => ({
      path: ['modules', name, 'publish', 'stage'],
      name: publish?.stage,
    })),
  ];
  const known = stages.map(({ name }) => name);
  return unknownReferences('stage', references, known);
}

function stagesEnd(_file: CatalogFile, { stages }: Catalog): readonly CatalogIssue[] {
  return stageCycles(stages).map((cycle) => ({
    path: ['stages', stages.findIndex(({ name }) => name === cycle[0]), 'needs'],
    message: `stages wait for each other: ${excerpt(cycle.join(' -> '), 300)}; take one of these needs away`,
  }));
}

/** Every way in which following `needs` comes back to a stage on the way, as names: `['a', 'b', 'a']`. */
function stageCycles(stages: readonly Stage[]): readonly (readonly string[])[] {
  const needs = new Map(stages.map((stage) => [stage.name, stage.needs]));
  const done = new Set<string>();
  const cycles: (readonly string[])[] = [];
  const follow = (name: string, way: readonly string[]): void => {
    const start = way.indexOf(name);
    if (start >= 0) cycles.push([...way.slice(start), name]);
    if (start >= 0 || done.has(name)) return;
    for (const next of needs.get(name) ?? []) follow(next, [...way, name]);
    done.add(name);
  };
  for (const { name } of stages) follow(name, []);
  return cycles;
}
