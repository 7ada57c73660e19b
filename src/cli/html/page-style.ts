import { Markup } from './markup.ts'

/** How many colours tables and indexes have; white text on each reads well (WCAG AA). */
export const COLORS = 10

/** The style of the page: light and dark, wide and narrow, on paper. */
export const PAGE_STYLE = new Markup(`
:root {
  color-scheme: light dark;
  --ground: #f6f5f2; --panel: #fff; --line: #e0deda; --text: #1c1b19; --faint: #625f5a; --lane: #efede9; --phase: #6b6862;
  --good: #17713f; --bad: #b3261e; --warn: #8a5a00; --busy: #0b61a4;
  --good-soft: #e3f3e9; --bad-soft: #fbe6e4; --warn-soft: #faf0db; --busy-soft: #e3eef8; --faint-soft: #efede9;
  --inserted: #2e7d4f; --updated: #2f6fb4; --deleted: #b3402f;
  --c1: #2f6fb4; --c2: #a85515; --c3: #2e7d4f; --c4: #8a4fa8; --c5: #a8453f; --c6: #1a767d; --c7: #75650f; --c8: #b0447c; --c9: #4f5fc0; --c10: #5c7023;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #141518; --panel: #1d1f23; --line: #35383e; --text: #eae8e4; --faint: #a7a39c; --lane: #282b30; --phase: #6f6c66;
    --good: #6fcf97; --bad: #ff8a80; --warn: #f0b95b; --busy: #7ab8f5;
    --good-soft: #1b3226; --bad-soft: #3d2220; --warn-soft: #382c17; --busy-soft: #1a2c3f; --faint-soft: #282b30;
    --inserted: #4aa873; --updated: #5294d8; --deleted: #d9705f;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2rem 1rem 3rem; max-width: 68rem; background: var(--ground); color: var(--text);
  font: 15px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; font-variant-numeric: tabular-nums;
}
h1 { font-size: 1.6rem; line-height: 1.25; letter-spacing: -.01em; margin: 0; }
h2 { font-size: 1.05rem; margin: 0 0 .75rem; }
p { margin: 0 0 .5rem; }
code { font: .92em ui-monospace, monospace; background: var(--lane); border-radius: .25rem; padding: .1em .35em; overflow-wrap: anywhere; }
header p { margin: .25rem 0 0; }
section { background: var(--panel); border: 1px solid var(--line); border-radius: .6rem; padding: 1.1rem 1.25rem; margin-top: 1rem; }
section > :last-child { margin-bottom: 0; }
.faint, figcaption, .zero { color: var(--faint); }
.good { color: var(--good); } .bad { color: var(--bad); } .warn { color: var(--warn); } .busy { color: var(--busy); }
.verdict { border-left: .35rem solid var(--tone); --tone: var(--faint); }
.verdict.good { --tone: var(--good); } .verdict.bad { --tone: var(--bad); } .verdict.warn { --tone: var(--warn); } .verdict.busy { --tone: var(--busy); }
.verdict { color: inherit; } .verdict > h2 { color: var(--tone); font-size: 1.2rem; margin-bottom: .35rem; }
.figures { display: flex; flex-wrap: wrap; gap: 1rem 2.5rem; margin: 1rem 0; }
.figures div { min-width: 6rem; } .figures dt { color: var(--faint); font-size: .85rem; }
.figures dd { margin: 0; font-size: 1.7rem; line-height: 1.2; font-weight: 600; letter-spacing: -.02em; }
.facts { display: flex; flex-wrap: wrap; gap: .15rem 1.25rem; margin: .75rem 0 0; padding: 0; list-style: none; font-size: .87rem; color: var(--faint); }
.facts b { font-weight: 500; color: var(--text); }
.note { border-radius: .4rem; padding: .6rem .8rem; margin: .6rem 0; background: var(--faint-soft); }
.note.bad { background: var(--bad-soft); color: inherit; } .note.warn { background: var(--warn-soft); color: inherit; }
.note p:last-child { margin: 0; }
.pill { display: inline-block; border-radius: 1rem; padding: 0 .6rem; font-size: .82rem; white-space: nowrap; background: var(--faint-soft); }
.pill.good { background: var(--good-soft); } .pill.bad { background: var(--bad-soft); } .pill.warn { background: var(--warn-soft); }
.pill.busy { background: var(--busy-soft); }
.scroll {
  overflow-x: auto; background:
    linear-gradient(to right, var(--panel) 30%, transparent) left / 2.5rem 100% no-repeat local,
    linear-gradient(to left, var(--panel) 30%, transparent) right / 2.5rem 100% no-repeat local,
    radial-gradient(farthest-side at left, #0003, transparent) left / .8rem 100% no-repeat scroll,
    radial-gradient(farthest-side at right, #0003, transparent) right / .8rem 100% no-repeat scroll;
}
table { border-collapse: collapse; width: 100%; overflow-wrap: normal; }
th { text-align: left; font-weight: 600; font-size: .82rem; color: var(--faint); }
th button { all: unset; cursor: pointer; } th button:focus-visible { outline: 2px solid var(--text); outline-offset: 2px; border-radius: 2px; }
th button:hover { color: var(--text); } th[aria-sort] button { color: var(--text); }
th[aria-sort=ascending] button::after { content: " ▲"; } th[aria-sort=descending] button::after { content: " ▼"; }
th, td { padding: .35rem .9rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; white-space: nowrap; }
tr > :last-child { padding-right: 0; }
td .wrap { white-space: normal; min-width: 16rem; font-size: .87rem; }
.number { text-align: right; }
tbody tr:last-child td { border-bottom: 0; } tfoot td { border-top: 2px solid var(--line); border-bottom: 0; font-weight: 600; }
tr:target td { background: var(--busy-soft); }
figure { margin: 0 0 1rem; } figure:last-child { margin: 0; }
figcaption { font-size: .85rem; margin-bottom: .35rem; }
.lanes { display: grid; grid-template-columns: max-content 1fr; gap: 3px .7rem; align-items: center; }
.lanes > span { font-size: .8rem; color: var(--faint); white-space: nowrap; }
.lane { position: relative; height: 1.4rem; background: var(--grid, none), var(--lane); border-radius: 3px; }
.bar {
  position: absolute; top: 0; bottom: 0; min-width: 3px; border-right: 1px solid var(--panel); border-radius: 2px;
  background: var(--phase); color: #fff; font-size: .72rem; line-height: 1.4rem;
}
.bar b { display: block; overflow: hidden; white-space: nowrap; padding-left: 4px; font-weight: 400; }
.bar.index { background-image: repeating-linear-gradient(135deg, #fff2 0 3px, transparent 3px 8px); }
.bar:hover, .bar:focus-visible { outline: 2px solid var(--text); outline-offset: 1px; z-index: 2; }
.bar:hover::after, .bar:focus-visible::after {
  content: attr(aria-label); position: absolute; left: 0; top: calc(100% + 4px); z-index: 3; padding: .1rem .5rem; border-radius: .3rem;
  background: var(--text); color: var(--panel); font-size: .8rem; white-space: nowrap; pointer-events: none;
}
.bar.late:hover::after, .bar.late:focus-visible::after { left: auto; right: 0; }
.axis { position: relative; height: 1.2rem; font-size: .75rem; color: var(--faint); }
.axis span { position: absolute; transform: translateX(-50%); white-space: nowrap; } .axis span:first-child { transform: none; }
.legend { display: flex; flex-wrap: wrap; gap: .2rem .9rem; margin: .75rem 0 0; padding: 0; list-style: none; font-size: .82rem; }
.legend i { display: inline-block; width: .75rem; height: .75rem; border-radius: 2px; margin-right: .35rem; vertical-align: -1px; }
.chart { display: grid; grid-template-columns: max-content 1fr; gap: 0 .5rem; font-size: .75rem; color: var(--faint); }
.chart div { display: flex; flex-direction: column; justify-content: space-between; text-align: right; line-height: 1; }
svg { display: block; width: 100%; height: 7rem; background: var(--lane); border-radius: 3px; } svg path { fill: var(--c1); }
svg line { stroke: var(--line); vector-effect: non-scaling-stroke; }
.changes { display: flex; height: .75rem; width: 9rem; margin-top: .35rem; background: var(--lane); border-radius: 2px; overflow: hidden; }
.inserted { background: var(--inserted); } .updated { background: var(--updated); } .deleted { background: var(--deleted); }
.history { display: flex; align-items: flex-end; justify-content: flex-end; gap: 3px; height: 5.5rem; margin-bottom: 1rem; border-bottom: 1px solid var(--line); }
.history a {
  flex: 1 1 0; max-width: 2.2rem; min-height: .4rem; border-radius: 2px 2px 0 0; background: var(--phase); position: relative; color: var(--text);
  font-size: .75rem; text-align: center; text-decoration: none;
}
.history a b { position: absolute; left: 0; right: 0; bottom: 100%; line-height: 1.3; }
.history .good { background: var(--good); } .history .busy { background: var(--busy); }
.history .warn { background: repeating-linear-gradient(45deg, var(--warn) 0 4px, var(--warn-soft) 4px 7px); }
.history .bad { background: repeating-linear-gradient(135deg, var(--bad) 0 4px, var(--bad-soft) 4px 7px); }
${Array.from({ length: COLORS }, (_, index) => `.c${index + 1} { background-color: var(--c${index + 1}); }`).join('\n')}
@media (max-width: 40rem) {
  body { padding: 1rem .6rem 2rem; font-size: 14px; } section { padding: .9rem; } h1 { font-size: 1.3rem; }
  .figures { gap: .75rem 1.5rem; } .figures dd { font-size: 1.35rem; }
  .lanes { grid-template-columns: 1fr; gap: 1px; } .lanes > span:not(:first-child) { margin-top: .35rem; } .lanes > span:empty { display: none; }
  th:first-child, td:first-child { position: sticky; left: 0; background: var(--panel); z-index: 1; max-width: 11rem; white-space: normal; }
}
@media print {
  body { max-width: none; padding: 0; font-size: 11px; background: #fff; } section { break-inside: avoid; border-color: #bbb; }
  .scroll { overflow: visible; background: none; } * { print-color-adjust: exact; }
}
`)
