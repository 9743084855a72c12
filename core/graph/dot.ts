/** A graph in the DOT language of Graphviz. */
import type { Graph, GraphEdge } from './graph-model';

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
