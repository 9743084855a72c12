/** The style sheet of all pages: light and dark, narrow and wide, screen and paper. */
export const STYLE = `
:root { color-scheme: light dark;
  --back: #ffffff; --panel: #f6f7f9; --line: #d9dee5; --text: #17202b; --dim: #566273; --accent: #1d4fc4; --on-accent: #ffffff;
  --good: #0f6b43; --good-back: #e2f4ea; --bad: #a8201a; --bad-back: #fce8e6; --warn: #7a4d00; --warn-back: #fff2d6; --info-back: #e6edfc;
  --bar: #1d4fc4; --bar-wait: #b9c2cf; --bar-bad: #c5352d; --bar-step: #8794a6; }
@media (prefers-color-scheme: dark) { :root {
  --back: #10161e; --panel: #182029; --line: #303b48; --text: #e4e9ef; --dim: #9dabbc; --accent: #8cb0ff; --on-accent: #0b1220;
  --good: #6fd6a3; --good-back: #12301f; --bad: #ff9a92; --bad-back: #3b1614; --warn: #f2c06b; --warn-back: #33260d; --info-back: #18264a;
  --bar: #6d97f5; --bar-wait: #46525f; --bar-bad: #e2665e; --bar-step: #6b7888; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif;
  font-variant-numeric: tabular-nums; -webkit-text-size-adjust: 100%; }
a { color: var(--accent); text-underline-offset: 2px; text-decoration-thickness: 1px; }
a:focus-visible, button:focus-visible, summary:focus-visible, input:focus-visible, select:focus-visible, textarea:focus-visible, [tabindex]:focus-visible {
  outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
code, pre, .id { font-family: ui-monospace, "SF Mono", Menlo, "DejaVu Sans Mono", monospace; font-size: .87em; }
.skip { position: absolute; left: -999px; } .skip:focus { left: 12px; top: 8px; background: var(--back); padding: 6px 10px; z-index: 2; }
.top { display: flex; flex-wrap: wrap; gap: 2px 18px; align-items: center; padding: 8px max(16px, calc((100vw - 1760px) / 2 + 16px));
  border-bottom: 1px solid var(--line); background: var(--panel); }
.top .name { font-weight: 650; color: var(--text); text-decoration: none; margin-right: 6px; }
.top nav { display: flex; flex-wrap: wrap; gap: 2px; flex: 1; }
.top nav a { padding: 5px 10px; border-radius: 6px; color: var(--text); text-decoration: none; }
.top nav a:hover { background: var(--line); } .top nav a[aria-current] { background: var(--info-back); color: var(--accent); font-weight: 600; }
.top .where { color: var(--dim); font-size: 13px; overflow-wrap: anywhere; }
main { max-width: 1760px; margin: 0 auto; padding: 18px 16px 48px; }
h1 { font-size: 24px; line-height: 1.25; margin: 0 0 4px; font-weight: 650; letter-spacing: -.01em; overflow-wrap: anywhere; }
h2 { font-size: 17px; margin: 30px 0 8px; font-weight: 650; } h3 { font-size: 15px; margin: 16px 0 6px; }
p { margin: 6px 0; max-width: 90ch; overflow-wrap: anywhere; } .dim, small { color: var(--dim); } small { font-size: 13px; font-weight: 400; }
.head { display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: baseline; justify-content: space-between; }
.actions { display: flex; flex-wrap: wrap; gap: 8px; }
.button, button { display: inline-block; font: inherit; font-weight: 600; padding: 5px 13px; border-radius: 6px; border: 1px solid var(--line); background: var(--back);
  color: var(--text); text-decoration: none; cursor: pointer; min-height: 34px; }
.button:hover, button:hover { border-color: var(--accent); } .primary { background: var(--accent); color: var(--on-accent); border-color: var(--accent); }
.danger { color: var(--bad); border-color: var(--bad); }
.chip { display: inline-flex; gap: 6px; align-items: center; padding: 1px 9px 1px 7px; border-radius: 99px; font-size: 13px; font-weight: 600; white-space: nowrap;
  background: var(--panel); color: var(--dim); border: 1px solid transparent; }
.chip i { font-style: normal; line-height: 1; }
.good { background: var(--good-back); color: var(--good); } .bad { background: var(--bad-back); color: var(--bad); }
.warn { background: var(--warn-back); color: var(--warn); } .live { background: var(--info-back); color: var(--accent); }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(210px, 1fr)); gap: 12px 20px; margin: 16px 0; padding: 14px 16px; background: var(--panel);
  border: 1px solid var(--line); border-radius: 8px; }
.facts div { min-width: 0; } .facts dt { color: var(--dim); font-size: 13px; } .facts dd { margin: 0; overflow-wrap: anywhere; }
.facts .big { font-size: 20px; font-weight: 650; }
.note { padding: 10px 14px; border: 1px solid var(--line); border-left-width: 4px; border-radius: 6px; margin: 14px 0; background: var(--panel); }
.note.bad { border-color: var(--bad); color: var(--text); } .note.warn { border-color: var(--warn); color: var(--text); } .note.live { border-color: var(--accent); color: var(--text); }
.note h2, .note h3 { margin: 0 0 4px; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; } .scroll:has(.sticky-head) { overflow: auto; max-height: 82vh; }
table { border-collapse: collapse; width: 100%; } caption { text-align: left; color: var(--dim); padding: 6px 12px; font-size: 13px; }
th, td { text-align: left; padding: 6px 12px; vertical-align: top; border-bottom: 1px solid var(--line); }
tr:last-child > td, tbody tr:last-child > th { border-bottom: 0; }
thead th { font-size: 13px; color: var(--dim); font-weight: 600; background: var(--panel); white-space: nowrap; position: sticky; top: 0; z-index: 1; }
tbody th { font-weight: 600; } td.num, th.num { text-align: right; white-space: nowrap; } td.tight { white-space: nowrap; }
tbody tr:hover > td, tbody tr:hover > th { background: var(--panel); }
ul.why { margin: 0; padding: 0; list-style: none; } .why li { overflow-wrap: anywhere; max-width: 95ch; } td:has(> .why) { min-width: 300px; } .why code { color: var(--text); }
details > summary { cursor: pointer; color: var(--accent); padding: 2px 0; } details.block { margin: 12px 0; } .block > summary { font-weight: 600; }
pre { margin: 8px 0; padding: 10px 12px; background: var(--panel); border: 1px solid var(--line); border-radius: 6px; overflow: auto; max-height: 420px; white-space: pre-wrap;
  overflow-wrap: anywhere; line-height: 1.45; }
pre.command { white-space: pre-wrap; user-select: all; }
.chart td, .chart th { padding: 3px 12px; border-bottom: 0; white-space: nowrap; } .chart td, .chart th { vertical-align: middle; } .chart td.bar { width: 100%; padding: 3px 4px; min-width: 160px; }
.chart svg { display: block; width: 100%; height: 14px; background: linear-gradient(var(--line), var(--line)) center / 100% 1px no-repeat; }
.chart th { font-weight: 400; max-width: 300px; overflow: hidden; text-overflow: ellipsis; } .chart .critical th { font-weight: 650; }
.chart tbody + tbody > tr:first-child > * { border-top: 1px solid var(--line); padding-top: 8px; } .chart tbody > tr:last-child > * { padding-bottom: 8px; }
.b-step { fill: var(--bar-step); } .b-waiting { fill: var(--bar-wait); } .b-working { fill: var(--bar); } .b-failed { fill: var(--bar-bad); }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 13px; color: var(--dim); margin: 6px 0; } .legend svg { width: 18px; height: 10px; margin-right: 6px; display: inline-block; }
form.filters { display: flex; flex-wrap: wrap; gap: 10px; align-items: end; margin: 14px 0; }
label { display: block; font-size: 13px; color: var(--dim); } label.check { display: flex; gap: 8px; align-items: center; color: var(--text); font-size: 15px; }
input, select, textarea { font: inherit; color: var(--text); background: var(--back); border: 1px solid var(--bar-step); border-radius: 6px; padding: 4px 8px; min-height: 34px; max-width: 100%; }
input[type=checkbox], input[type=radio] { min-height: 0; width: 18px; height: 18px; }
.fields { display: grid; gap: 12px; max-width: 560px; } .fields input:not([type=checkbox]), .fields select { width: 100%; }
.pages { display: flex; gap: 14px; align-items: center; margin: 14px 0; } .tile { min-width: 0; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 370px), 1fr)); gap: 18px 28px; align-items: start; }
.matrix td { min-width: 150px; } .matrix .ver { font-weight: 600; } .drift { background: var(--warn-back); } tbody tr:hover > td.drift { background: var(--warn-back); }
.meter { display: block; height: 8px; min-width: 60px; width: 100%; max-width: 420px; margin-top: 8px; } .meter rect { fill: var(--bar); } .meter .rest { fill: var(--line); }
iframe { width: 100%; height: 76vh; border: 1px solid var(--line); border-radius: 8px; background: var(--back); }
@media (max-width: 640px) { body { font-size: 14px; } main { padding: 14px 12px 40px; } th, td { padding: 5px 8px; } h1 { font-size: 20px; } .chart th { max-width: 130px; } .chart td.num { white-space: normal; min-width: 84px; } .chart td.bar { min-width: 110px; }
  .hide-narrow { display: none; } .matrix td { min-width: 120px; } }
@media (min-width: 2000px) { body { font-size: 16px; } main { max-width: 2200px; } .top { padding-inline: max(16px, calc((100vw - 2200px) / 2 + 16px)); } }
@media (prefers-reduced-motion: no-preference) { .live i { animation: pulse 1.6s ease-in-out infinite; } @keyframes pulse { 50% { opacity: .35; } } }
@media print { :root { color-scheme: light; } .top nav, .actions, form.filters, .skip, .pages { display: none; } body { font-size: 11px; } main { max-width: none; padding: 0; }
  .scroll { overflow: visible; max-height: none; border: 0; } pre { max-height: none; } thead th { position: static; } tr, .note, .facts { break-inside: avoid; } a { color: inherit; }
  .chip, svg, .drift { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
`;
