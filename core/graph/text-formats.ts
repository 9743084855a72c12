/** Prints a graph in the languages of drawing tools: Mermaid and DOT. */
import { escapeMermaid, quoteDot } from '../text/escape';
import type { Graph, GraphEdge } from './graph-model';

const ARROWS: Readonly<Record<GraphEdge['kind'], string>> = { declared: '-.->', read: '-->', image: '==>' };

/** Returns a Mermaid flowchart, which GitHub and GitLab draw in Markdown. Two classes mark changed modules and built services. */
export function toMermaid(graph: Graph): string {
  const modules = new Map(graph.modules.map(({ name }, at) => [name, `m${at}`]));
  const services = new Map(graph.services.map(({ name }, at) => [name, `s${at}`]));
  const stages = new Map(graph.stages.map(({ name }, at) => [name, `g${at}`]));
  const edges = graph.edges.map(({ kind, from, to, isHit }) => ({
    text: `  ${(kind === 'image' ? services : modules).get(from)} ${ARROWS[kind]} ${services.get(to)}`,
    isHit,
  }));
  const needs = graph.stages.flatMap((stage) =>
    stage.needs.map((need) => `  ${stages.get(need)} --> ${stages.get(stage.name)}`),
  );
  const hits = edges.flatMap(({ isHit }, at) => (isHit ? [at] : []));
  const changed = graph.modules.filter(({ isChanged }) => isChanged).map(({ name }) => modules.get(name));
  const built = graph.services.filter(({ isBuilt }) => isBuilt).map(({ name }) => services.get(name));
  return [
    'flowchart LR',
    ...(graph.modules.length === 0 ? [] : ['  subgraph modules["modules"]']),
    ...graph.modules.map(({ name }) => `    ${modules.get(name)}(["${escapeMermaid(name)}"])`),
    ...(graph.modules.length === 0 ? [] : ['  end']),
    ...graph.stages.flatMap((stage) => [
      `  subgraph ${stages.get(stage.name)}["${escapeMermaid(stage.title)}"]`,
      ...graph.services
        .filter((service) => service.stage === stage.name)
        .map(({ name }) => `    ${services.get(name)}["${escapeMermaid(name)}"]`),
      '  end',
    ]),
    ...edges.map(({ text }) => text),
    ...needs,
    '  classDef changed fill:#fde68a,stroke:#b45309,color:#451a03',
    '  classDef built fill:#fecaca,stroke:#b91c1c,color:#450a0a',
    ...(changed.length === 0 ? [] : [`  class ${changed.join(',')} changed`]),
    ...(built.length === 0 ? [] : [`  class ${built.join(',')} built`]),
    ...(hits.length === 0 ? [] : [`  linkStyle ${hits.join(',')} stroke:#b91c1c,stroke-width:2px`]),
    '',
  ].join('\n');
}

const STYLES: Readonly<Record<GraphEdge['kind'], string>> = { declared: 'dashed', read: 'solid', image: 'bold' };

const HIT = 'color="#b91c1c", penwidth=2';

/** Returns a DOT digraph for Graphviz, with a cluster for each stage. */
export function toDot(graph: Graph): string {
  return [
    'digraph services {',
    '  rankdir=LR;',
    '  node [shape=box, style="rounded,filled", fillcolor="#f1f5f9", fontname="sans-serif"];',
    ...graph.modules.map(({ name, path, isChanged }) => {
      const fill = isChanged ? ', fillcolor="#fde68a"' : '';
      return `  ${quoteDot(`m:${name}`)} [label=${quoteDot(name)}, shape=ellipse, tooltip=${quoteDot(path)}${fill}];`;
    }),
    ...graph.stages.flatMap((stage, at) => [
      `  subgraph cluster_${at} {`,
      `    label=${quoteDot(stage.title)};`,
      ...graph.services
        .filter((service) => service.stage === stage.name)
        .map(({ name, path, isBuilt }) => {
          const fill = isBuilt ? ', fillcolor="#fecaca"' : '';
          return `    ${quoteDot(`s:${name}`)} [label=${quoteDot(name)}, tooltip=${quoteDot(path)}${fill}];`;
        }),
      '  }',
    ]),
    ...graph.edges.map(({ kind, from, to, isHit }) => {
      const source = quoteDot(`${kind === 'image' ? 's' : 'm'}:${from}`);
      return `  ${source} -> ${quoteDot(`s:${to}`)} [style=${STYLES[kind]}${isHit ? `, ${HIT}` : ''}];`;
    }),
    '}',
    '',
  ].join('\n');
}
