/** A graph as one HTML page that loads nothing: picture, reasons and script are in it. */
import { createHash } from 'node:crypto';
import type { Graph, GraphModule, GraphService } from './graph-model';
import { PAGE_SCRIPT } from './page-script';
import { PAGE_STYLE } from './page-style';
import { escapeMarkup, toSvg } from './svg';

const MOST_REASONS = 200;

/** What the panel shows of a node. */
interface NodeFacts {
  readonly lines: readonly string[];
  readonly reasons: readonly string[];
}

/** The page. Its policy lets no other script run than its own, whatever names the repository has. */
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
<title>${escapeMarkup(title)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<header>
<h1>${escapeMarkup(title)}</h1>
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

function factsOf({ base, modules, services }: Graph): Readonly<Record<string, NodeFacts>> {
  const hasChange = base !== null;
  return Object.fromEntries([
    ...modules.map((module) => [`m:${module.name}`, moduleFacts(module)]),
    ...services.map((service) => [`s:${service.name}`, serviceFacts(service, hasChange)]),
  ]);
}

function moduleFacts({ path, isChanged }: GraphModule): NodeFacts {
  return { lines: ['module', path, ...(isChanged ? ['changed'] : [])], reasons: [] };
}

function serviceFacts(
  { stage, path, dockerfile, minutes, isBuilt, reasons }: GraphService,
  hasChange: boolean,
): NodeFacts {
  const lines = [
    ...(hasChange ? [isBuilt ? 'builds' : 'stays as it is'] : []),
    `stage ${stage}`,
    dockerfile === `${path}/Dockerfile` ? path : dockerfile,
    `${minutes} minutes`,
  ];
  const shown = reasons
    .slice(0, MOST_REASONS)
    .map((reason) => (reason.path === undefined ? reason.text : `${reason.path}: ${reason.text}`));
  const more = reasons.length - shown.length;
  return { lines, reasons: more > 0 ? [...shown, `and ${more} more`] : shown };
}

/** JSON in which nothing can end the script element or begin a comment. */
function jsonForHtml(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
