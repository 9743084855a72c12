/** A graph as one HTML page that loads nothing: it contains picture, reasons and script. */
import { createHash } from 'node:crypto';
import { escapeHtml, jsonForHtml, printable } from '../text/escape';
import type { Graph, GraphModule, GraphService } from './graph-model';
import { PAGE_SCRIPT } from './page-script';
import { toSvg } from './svg';

const MOST_REASONS = 200;

/** The facts that the panel shows about a node. */
interface NodeFacts {
  readonly lines: readonly string[];
  readonly reasons: readonly string[];
}

/** Returns the page. Its policy lets only its own script run, whatever names the repository has. */
export function toPage(graph: Graph): string {
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(PAGE_SCRIPT)}'`,
    `style-src '${hashOf(PAGE_STYLE)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const title = titleOf(graph);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<header>
<h1>${escapeHtml(title)}</h1>
<input id="search" type="search" placeholder="search" aria-label="search services and modules"><span id="found" role="status"></span>
<button id="in" type="button" aria-label="zoom in">+</button><button id="out" type="button" aria-label="zoom out">&minus;</button><button id="fit" type="button">fit</button>
<label${graph.base === null ? ' hidden' : ''}><input id="only" type="checkbox"> only what changes</label>
<span class="legend"${graph.base === null ? ' hidden' : ''}><i class="built"></i>builds<i class="changed"></i>changed</span>
</header>
<main>
${toSvg(graph)}
</main>
<aside id="panel" hidden></aside>
<script type="application/json" id="data">${jsonForHtml(factsOf(graph))}</script>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
}

function titleOf({ commit, base, services }: Graph): string {
  const at = commit.slice(0, 8);
  if (base === null) return `${services.length} services at ${at}`;
  const built = services.filter(({ isBuilt }) => isBuilt).length;
  return `${built} of ${services.length} services build: ${base.slice(0, 8)} to ${at}`;
}

/** Returns the facts by the `data-node` of the picture, as texts that a screen can show. */
function factsOf({ base, modules, services }: Graph): Readonly<Record<string, NodeFacts>> {
  const hasChange = base !== null;
  return Object.fromEntries([
    ...modules.map((module) => [printable(`m:${module.name}`), moduleFacts(module)]),
    ...services.map((service) => [printable(`s:${service.name}`), serviceFacts(service, hasChange)]),
  ]);
}

function moduleFacts({ path, isChanged }: GraphModule): NodeFacts {
  return { lines: ['module', printable(path), ...(isChanged ? ['changed'] : [])], reasons: [] };
}

function serviceFacts(
  { stage, path, dockerfile, minutes, isBuilt, reasons }: GraphService,
  hasChange: boolean,
): NodeFacts {
  const lines = [
    ...(hasChange ? [isBuilt ? 'builds' : 'stays as it is'] : []),
    printable(`stage ${stage}`),
    printable(dockerfile === `${path}/Dockerfile` ? path : dockerfile),
    `${minutes} minutes`,
  ];
  const shown = reasons
    .slice(0, MOST_REASONS)
    .map(({ path, text }) => printable(path === undefined ? text : `${path}: ${text}`));
  const more = reasons.length - shown.length;
  return { lines, reasons: more > 0 ? [...shown, `and ${more} more`] : shown };
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

const PAGE_STYLE = `
:root { color-scheme: light dark; --back: #ffffff; --text: #0f172a; --dim: #64748b; --line: #cbd5e1; --node: #f1f5f9;
  --hit: #b91c1c; --built: #fecaca; --changed: #fde68a; --dark: #1c1917; --mark: #2563eb; }
@media (prefers-color-scheme: dark) {
  :root { --back: #0f172a; --text: #e2e8f0; --dim: #94a3b8; --line: #475569; --node: #1e293b; --hit: #f87171; --mark: #60a5fa; }
}
* { box-sizing: border-box; }
body { margin: 0; height: 100vh; display: grid; grid-template: auto minmax(0, 1fr) / minmax(0, 1fr); font: 14px system-ui, sans-serif;
  background: var(--back); color: var(--text); }
header { display: flex; flex-wrap: wrap; gap: 12px; align-items: center; padding: 8px 12px;
  border-bottom: 1px solid var(--line); }
h1 { font-size: 15px; margin: 0; }
input, button { font: inherit; padding: 3px 8px; }
#found, .legend { color: var(--dim); }
.legend i { display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin: 0 4px 0 10px; vertical-align: -1px; }
.legend .built { background: var(--built); } .legend .changed { background: var(--changed); }
main { grid-area: 2 / 1; overflow: hidden; }
#picture { width: 100%; height: 100%; cursor: grab; touch-action: none; user-select: none; }
#picture.dragging { cursor: grabbing; }
aside { grid-area: 2 / 1; justify-self: end; width: 380px; max-width: 60vw; overflow: auto; padding: 12px;
  border-left: 1px solid var(--line); background: var(--back); }
aside[hidden] { display: none; }
aside h2 { font-size: 15px; margin: 0 0 4px; overflow-wrap: anywhere; }
aside h3 { font-size: 13px; margin: 14px 0 4px; color: var(--dim); }
aside p { margin: 2px 0; overflow-wrap: anywhere; }
aside ul { margin: 0; padding-left: 18px; } aside li { margin: 3px 0; overflow-wrap: anywhere; }
aside button { border: 0; background: none; color: var(--mark); padding: 0; cursor: pointer; text-align: left; }
.stage { fill: none; stroke: var(--line); }
.title { fill: var(--dim); font-size: 13px; }
.node { cursor: pointer; outline: none; } .node rect { fill: var(--node); stroke: var(--line); }
.node .label { fill: var(--text); font-size: 12px; pointer-events: none; }
.node.hit rect { stroke: var(--hit); } .node.service.hit rect { fill: var(--built); } .node.module.hit rect { fill: var(--changed); }
.node.hit .label { fill: var(--dark); }
.node:focus-visible rect, .node.match rect, .node.chosen rect { stroke: var(--mark); stroke-width: 2.5; }
.edge { fill: none; stroke: var(--line); stroke-width: 1; opacity: .7; }
.edge.declared { stroke-dasharray: 4 3; } .edge.image { stroke-width: 2; }
.edge.hit { stroke: var(--hit); stroke-width: 1.6; opacity: 1; }
.edge.near { stroke: var(--mark); stroke-width: 2; opacity: 1; }
.faded .node:not(.near, .match, .chosen) { opacity: .25; } .faded .edge:not(.near) { opacity: .12; }
.only-hit .node:not(.hit, .match, .chosen, .near) { opacity: .15; } .only-hit .edge:not(.hit) { display: none; }
`;
