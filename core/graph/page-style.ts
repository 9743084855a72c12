/** The style sheet of the page. */
export const PAGE_STYLE = `
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
