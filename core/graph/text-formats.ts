/** A graph as Mermaid flowchart, which GitHub and GitLab draw in Markdown. */
import type { Graph, GraphEdge } from './graph-model';

const ARROWS: Readonly<Record<GraphEdge['kind'], string>> = { declared: '-.->', read: '-->', image: '==>' };

/** The flowchart. What the change hits is in a class of its own. */
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
    ...graph.modules.map(({ name }) => `    ${modules.get(name)}(["${escapeText(name)}"])`),
    ...(graph.modules.length === 0 ? [] : ['  end']),
    ...graph.stages.flatMap((stage) => [
      `  subgraph ${stages.get(stage.name)}["${escapeText(stage.title)}"]`,
      ...graph.services
        .filter((service) => service.stage === stage.name)
        .map(({ name }) => `    ${services.get(name)}["${escapeText(name)}"]`),
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

/** Mermaid's own entities; `#` begins them, so it is the first to go. */
function escapeText(text: string): string {
  return text.replace(/[^\p{L}\p{N} ._/@:+-]/gu, (character) => `#${character.codePointAt(0)};`);
}

// A graph in the DOT language of Graphviz.

const STYLES: Readonly<Record<GraphEdge['kind'], string>> = { declared: 'dashed', read: 'solid', image: 'bold' };

const HIT = 'color="#b91c1c", penwidth=2';

/** The digraph; each stage is a cluster. */
export function toDot(graph: Graph): string {
  return [
    'digraph services {',
    '  rankdir=LR;',
    '  node [shape=box, style="rounded,filled", fillcolor="#f1f5f9", fontname="sans-serif"];',
    ...graph.modules.map(({ name, path, isChanged }) => {
      const fill = isChanged ? ', fillcolor="#fde68a"' : '';
      return `  ${quote(`m:${name}`)} [label=${quote(name)}, shape=ellipse, tooltip=${quote(path)}${fill}];`;
    }),
    ...graph.stages.flatMap((stage, at) => [
      `  subgraph cluster_${at} {`,
      `    label=${quote(stage.title)};`,
      ...graph.services
        .filter((service) => service.stage === stage.name)
        .map(({ name, path, isBuilt }) => {
          const fill = isBuilt ? ', fillcolor="#fecaca"' : '';
          return `    ${quote(`s:${name}`)} [label=${quote(name)}, tooltip=${quote(path)}${fill}];`;
        }),
      '  }',
    ]),
    ...graph.edges.map(({ kind, from, to, isHit }) => {
      const source = quote(`${kind === 'image' ? 's' : 'm'}:${from}`);
      return `  ${source} -> ${quote(`s:${to}`)} [style=${STYLES[kind]}${isHit ? `, ${HIT}` : ''}];`;
    }),
    '}',
    '',
  ].join('\n');
}

/** In DOT's double quotes only `"` ends the text; a backslash would begin an escape of labels. */
function quote(text: string): string {
  return `"${text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replace(/\p{Cc}/gu, ' ')}"`;
}
