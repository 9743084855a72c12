/**
 * The page's style sheet, as text. The boxes are CSS grids, so that nothing overlaps and hidden nodes leave no gap. The script sets `--bus`
 * (the width of the lines between modules and stages) and, for each box, `--lanes` (the height of the lines in it).
 */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --back: #ffffff; --text: #0f172a; --dim: #526077; --line: #cbd5e1; --node: #f1f5f9; --box: #fbfcfe;
  --hit: #b91c1c; --built: #fecaca; --changed: #fde68a; --dark: #1c1917; --mark: #1d4ed8; --shade: 38%; }
@media (prefers-color-scheme: dark) {
  :root { --back: #0f172a; --text: #e2e8f0; --dim: #a3b1c6; --line: #475569; --node: #1e293b; --box: #111c33; --hit: #f87171;
    --mark: #60a5fa; --shade: 70%; }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body { margin: 0; font: 13px/1.35 system-ui, sans-serif; background: var(--back); color: var(--text); }
header { position: sticky; top: 0; z-index: 2; display: flex; flex-wrap: wrap; gap: 4px 12px; align-items: center; padding: 6px 12px;
  border-bottom: 1px solid var(--line); background: var(--back); }
h1 { font-size: 15px; margin: 0; }
input, button { font: inherit; padding: 3px 8px; }
label { display: inline-flex; gap: 4px; align-items: center; }
#search { width: 170px; }
#found, .legend { color: var(--dim); }
.legend i { display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin: 0 4px 0 10px; vertical-align: -1px; }
.legend .built { background: var(--built); } .legend .changed { background: var(--changed); }
#map { position: relative; display: grid; grid-template-columns: minmax(110px, 170px) minmax(0, 1fr); column-gap: var(--bus, 24px);
  align-items: start; padding: 8px 12px; }
#map:not(:has(.modules)) { grid-template-columns: minmax(0, 1fr); }
#map:not(:has(.modules)) .stages { margin-left: var(--bus, 24px); }
body:has(#panel:not([hidden])) { margin-right: min(380px, 60vw); }
#lines { position: absolute; inset: 0; width: 100%; height: 100%; pointer-events: none; }
.stages { display: grid; grid-template-columns: minmax(0, 1fr); gap: 6px; }
details { border: 1px solid var(--line); border-radius: 8px; background: var(--box); }
summary { padding: 2px 10px; font-weight: 600; cursor: pointer; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; }
small { font-size: 12px; font-weight: 400; color: var(--dim); }
.cells { position: relative; display: grid; grid-template-columns: repeat(auto-fill, minmax(148px, 1fr)); gap: 3px 20px;
  padding: calc(3px + var(--lanes, 0px)) 20px 5px 20px; }
.modules .cells { grid-template-columns: minmax(0, 1fr); padding: 3px 8px 6px; }
.group { display: contents; }
.group.folded .node { display: none; }
.node, .fold { position: relative; z-index: 1; height: 22px; padding: 0 7px; border: 1px solid var(--line); border-radius: 5px; background: var(--node);
  color: var(--text); text-align: left; line-height: 20px; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; cursor: pointer; }
.modules .node { border-radius: 11px; }
header button { height: auto; }
.group .node { border-left: 3px solid var(--dim); }
.fold { border: 0; background: none; color: var(--dim); }
.fold::before { content: '\\25be\\a0'; } .folded .fold::before { content: '\\25b8\\a0'; }
.fold.hit { color: var(--hit); }
.node.hit { border-color: var(--hit); color: var(--dark); }
.service.hit { background: var(--built); } .module.hit { background: var(--changed); }
.node:focus-visible, .fold:focus-visible, summary:focus-visible, .node.match, .node.chosen { outline: 2px solid var(--mark); outline-offset: 0; }
.line { fill: none; stroke: hsl(var(--hue) 45% var(--shade)); stroke-width: 1.25; opacity: .45; }
.line.declared { stroke-dasharray: 4 3; } .line.image { stroke-width: 2; }
.line.hit { stroke: var(--hit); opacity: 1; }
.line.near { stroke-width: 2.5; opacity: 1; }
.faded .node:not(.near, .match, .chosen) { opacity: .45; } .faded .line:not(.near) { opacity: .1; }
.only .node:not(.hit, .chosen, .match), .focus .node:not(.near, .chosen) { display: none; }
.only .group:not(:has(.hit, .chosen, .match)) .fold, .focus .group:not(:has(.near, .chosen)) .fold { display: none; }
.only details:not(:has(.node.hit, .node.chosen, .node.match)), .focus details:not(:has(.node.near, .node.chosen)) { display: none; }
aside { position: fixed; z-index: 3; right: 0; top: 0; bottom: 0; width: 380px; max-width: 60vw; overflow: auto; padding: 12px;
  border-left: 1px solid var(--line); background: var(--back); }
aside h2 { font-size: 15px; margin: 0 0 4px; overflow-wrap: anywhere; }
aside h3 { font-size: 13px; margin: 14px 0 4px; color: var(--dim); }
aside p { margin: 2px 0; overflow-wrap: anywhere; }
aside ul { margin: 0; padding-left: 18px; } aside li { margin: 3px 0; overflow-wrap: anywhere; }
aside .tools { display: flex; gap: 8px; margin: 8px 0; }
aside li button { border: 0; background: none; color: var(--mark); padding: 0; cursor: pointer; text-align: left; }
@media (max-width: 600px) { #map { grid-template-columns: minmax(0, 1fr); } .stages { margin-left: var(--bus, 24px); } .modules { margin-left: var(--bus, 24px); } }
@media print { header { position: static; } header > :not(h1, .legend), aside { display: none; } }
`;
