/** Prints a graph as one HTML page without external resources. The browser lays out the boxes; the script draws the lines. */
import { createHash } from 'node:crypto';
import { escapeHtml, jsonForHtml, printable } from '../text/escape';
import type { Graph, GraphModule, GraphService, GraphStage } from './graph-model';
import { PAGE_SCRIPT } from './page-script';
import { PAGE_STYLE } from './page-style';

const MAX_REASONS = 200;

/** Puts service-2 before service-10. */
const NATURAL = new Intl.Collator('en', { numeric: true });

/** In a graph with more services, a stage starts folded if none of its services is built. */
const MAX_UNFOLDED = 400;

/** The data of the page's script. The key of a node is `m:` and the name of a module, or `s:` and the name of a service. */
interface PageData {
  readonly nodes: Readonly<Record<string, NodeFacts>>;
  /** Source, target, kind, and 1 if the change reaches the target along this edge. */
  readonly edges: readonly (readonly [string, string, string, 0 | 1])[];
}

/** The facts that the panel shows about a node. */
interface NodeFacts {
  readonly lines: readonly string[];
  readonly reasons: readonly string[];
}

/** Returns the page. Its Content-Security-Policy allows only its own script and style, in case a name contains markup. */
export function toPage(graph: Graph): string {
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(PAGE_SCRIPT)}'`,
    `style-src '${hashOf(PAGE_STYLE)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const title = titleOf(graph);
  const unlessChange = graph.base === null ? ' hidden' : '';
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
<input id="search" type="search" placeholder="search: /" aria-label="search services and modules"><span id="found" role="status"></span>
<button id="fold" type="button">fold all</button><button id="unfold" type="button">unfold all</button>
<label${unlessChange}><input id="only" type="checkbox"> only what changes</label>
<span class="legend"${unlessChange}><i class="built"></i>builds<i class="changed"></i>changed</span>
</header>
<main id="map">
<svg id="lines" aria-hidden="true"></svg>
${modulesBox(graph.modules)}<div class="stages">
${stagesInOrder(graph.stages)
  .map((stage) => stageBox(stage, graph))
  .join('')}</div>
</main>
<aside id="panel" aria-label="details" hidden></aside>
<script type="application/json" id="data">${jsonForHtml(dataOf(graph))}</script>
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

function modulesBox(modules: readonly GraphModule[]): string {
  if (modules.length === 0) return '';
  const cells = inOrder(modules).map(({ name, isChanged }) => node(`m:${name}`, name, 'module', isChanged));
  return box({ kind: 'modules', title: 'modules', note: `${modules.length}`, isOpen: true, cells });
}

/** A stage without services gets no box. */
function stageBox({ name, title, needs }: GraphStage, graph: Graph): string {
  const services = graph.services.filter(({ stage }) => stage === name);
  if (services.length === 0) return '';
  const built = services.filter(({ isBuilt }) => isBuilt).length;
  const titles = needs.flatMap((need) =>
    graph.stages.filter((stage) => stage.name === need).map((stage) => stage.title),
  );
  const note = [
    `${services.length}`,
    ...(built > 0 ? [`${built} build`] : []),
    ...(titles.length > 0 ? [`after ${titles.join(', ')}`] : []),
  ].join(' · ');
  const isOpen = built > 0 || graph.services.length <= MAX_UNFOLDED;
  return box({ kind: 'stage', title, note, isOpen, cells: cellsOf(services) });
}

/** Returns the services in natural order. A group of several follows a button that folds it, at the position of its first service. */
function cellsOf(services: readonly GraphService[]): readonly string[] {
  const groups = new Map<string, GraphService[]>();
  for (const service of inOrder(services)) {
    const key = service.group === undefined ? `service ${service.name}` : `group ${service.group}`;
    groups.set(key, [...(groups.get(key) ?? []), service]);
  }
  return [...groups.values()].map((members) => {
    const cells = members.map(({ name, isBuilt }) => node(`s:${name}`, name, 'service', isBuilt));
    const [first] = members;
    if (first?.group === undefined || members.length === 1) return cells.join('');
    const label = escapeHtml(first.group);
    const button = `<button class="fold" type="button" aria-expanded="true" title="${label}">${label} <small>${members.length}</small></button>`;
    return `<div class="group">${button}${cells.join('')}</div>`;
  });
}

interface BoxParts {
  readonly kind: 'modules' | 'stage';
  readonly title: string;
  readonly note: string;
  readonly isOpen: boolean;
  readonly cells: readonly string[];
}

function box({ kind, title, note, isOpen, cells }: BoxParts): string {
  const summary = `<summary>${escapeHtml(title)} <small>${escapeHtml(note)}</small></summary>`;
  return `<details class="${kind}"${isOpen ? ' open' : ''}>${summary}<div class="cells">${cells.join('')}</div></details>\n`;
}

function node(key: string, name: string, kind: string, isHit: boolean): string {
  const label = escapeHtml(name);
  return `<button class="node ${kind}${isHit ? ' hit' : ''}" type="button" data-node="${escapeHtml(key)}" title="${label}">${label}</button>`;
}

function inOrder<Named extends { readonly name: string }>(named: readonly Named[]): readonly Named[] {
  return [...named].sort((a, b) => NATURAL.compare(a.name, b.name));
}

/** Sorts the stages topologically: each comes after those that it needs. */
function stagesInOrder(stages: readonly GraphStage[]): readonly GraphStage[] {
  const byName = new Map(stages.map((stage) => [stage.name, stage]));
  const seen = new Set<GraphStage>();
  const placed: GraphStage[] = [];
  const place = (stage: GraphStage | undefined) => {
    if (stage === undefined || seen.has(stage)) return;
    seen.add(stage);
    for (const need of stage.needs) place(byName.get(need));
    placed.push(stage);
  };
  for (const stage of stages) place(stage);
  return placed;
}

/** Replaces unprintable characters like the markup does, so that the keys match. */
function dataOf({ base, modules, services, edges }: Graph): PageData {
  const hasChange = base !== null;
  return {
    nodes: Object.fromEntries([
      ...modules.map((module) => [printable(`m:${module.name}`), moduleFacts(module)]),
      ...services.map((service) => [printable(`s:${service.name}`), serviceFacts(service, hasChange)]),
    ]),
    edges: edges.map(({ kind, from, to, isHit }) => [
      printable(`${kind === 'image' ? 's' : 'm'}:${from}`),
      printable(`s:${to}`),
      kind,
      isHit ? 1 : 0,
    ]),
  };
}

function moduleFacts({ path, isChanged }: GraphModule): NodeFacts {
  return { lines: ['module', printable(path), ...(isChanged ? ['changed'] : [])], reasons: [] };
}

function serviceFacts(
  { stage, path, dockerfile, minutes, isBuilt, reasons }: GraphService,
  hasChange: boolean,
): NodeFacts {
  const lines = [
    ...(hasChange ? [isBuilt ? 'builds' : 'not built'] : []),
    printable(`stage ${stage}`),
    printable(dockerfile === `${path}/Dockerfile` || dockerfile === '' ? path : dockerfile),
    `${minutes} minutes`,
  ];
  const shown = reasons
    .slice(0, MAX_REASONS)
    .map(({ path, text }) => printable(path === undefined ? text : `${path}: ${text}`));
  const more = reasons.length - shown.length;
  return { lines, reasons: more > 0 ? [...shown, `and ${more} more`] : shown };
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
