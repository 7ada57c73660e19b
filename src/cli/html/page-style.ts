import { Markup } from './markup.ts'

/** How many colours tables are told apart by; further ones share the last. */
export const COLORS = 8

/** The style of the page, light and dark, wide and narrow. */
export const PAGE_STYLE = new Markup(`
:root {
  color-scheme: light dark;
  --ground: #fbfbfa; --panel: #fff; --line: #dfdedb; --text: #1d1c1a; --faint: #686560; --lane: #f0efec;
  --good: #17713f; --bad: #b3261e; --warn: #8a5a00; --busy: #0b61a4;
  --c1: #2f6fb4; --c2: #b35c16; --c3: #2e7d4f; --c4: #8a4fa8; --c5: #a8453f; --c6: #1d7f86; --c7: #7a6a12; --c8: #6b6862;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #16171a; --panel: #1e2024; --line: #383b41; --text: #e8e6e3; --faint: #a19d96; --lane: #272a2f;
    --good: #6fcf97; --bad: #ff8a80; --warn: #f0b95b; --busy: #7ab8f5;
    --c1: #3f7fc4; --c2: #b9692a; --c3: #3b8a5c; --c4: #9660b5; --c5: #b5554f; --c6: #2a8c93; --c7: #86751c; --c8: #75726c;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 66rem; background: var(--ground); color: var(--text);
  font: 15px/1.45 system-ui, sans-serif; overflow-wrap: anywhere;
}
h1 { font-size: 1.35rem; margin: 0 0 .25rem; }
h2 { font-size: 1.05rem; margin: 0 0 .75rem; }
section > :last-child { margin-bottom: 0; }
section { background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; margin-top: 1rem; }
.faint, figcaption { color: var(--faint); }
.good { color: var(--good); } .bad { color: var(--bad); } .warn { color: var(--warn); } .busy { color: var(--busy); }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(10rem, 1fr)); gap: .75rem 1rem; margin: 0; }
dt { color: var(--faint); font-size: .85rem; } dd { margin: 0; font-variant-numeric: tabular-nums; }
dl .wide { grid-column: 1 / -1; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
th { text-align: left; font-weight: 600; font-size: .85rem; color: var(--faint); }
th, td { padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; white-space: nowrap; }
tr > :last-child { padding-right: 0; }
.number { text-align: right; }
tbody tr:last-child td { border-bottom: 0; }
figure { margin: 0 0 1rem; } figure:last-child { margin: 0; }
figcaption { font-size: .85rem; margin-bottom: .25rem; }
.lanes { display: grid; grid-template-columns: max-content 1fr; gap: 3px .6rem; align-items: center; }
.lanes > span { font-size: .8rem; color: var(--faint); white-space: nowrap; }
.lane { position: relative; height: 1.35rem; background: var(--lane); border-radius: 3px; overflow: hidden; }
.bar {
  position: absolute; top: 0; bottom: 0; min-width: 2px; border-right: 1px solid var(--panel); border-radius: 2px; overflow: hidden;
  background: var(--c8); color: #fff; font-size: .7rem; line-height: 1.35rem; padding-left: 3px; white-space: nowrap; text-overflow: clip;
}
.axis { position: relative; height: 1.2rem; font-size: .75rem; color: var(--faint); }
.axis span { position: absolute; transform: translateX(-50%); white-space: nowrap; }
.axis span:first-child { transform: none; } .axis span:last-child { transform: translateX(-100%); }
.legend { display: flex; flex-wrap: wrap; gap: .2rem .9rem; margin: .75rem 0 0; padding: 0; list-style: none; font-size: .8rem; }
.legend i { display: inline-block; width: .7rem; height: .7rem; border-radius: 2px; margin-right: .3rem; }
svg { display: block; width: 100%; height: 7rem; background: var(--lane); border-radius: 3px; }
svg path { fill: var(--c1); }
.changes { display: flex; height: .8rem; min-width: 7rem; margin-top: .3rem; background: var(--lane); border-radius: 2px; overflow: hidden; }
.history { display: flex; align-items: flex-end; gap: 2px; height: 5rem; margin-bottom: .75rem; }
.history i { flex: 1 1 0; max-width: 2rem; min-height: 3px; border-radius: 2px 2px 0 0; background: var(--c8); }
.history .good { background: var(--good); } .history .bad { background: var(--bad); } .history .warn { background: var(--warn); }
.history .busy { background: var(--busy); }
${Array.from({ length: COLORS }, (_, index) => `.c${index + 1} { background: var(--c${index + 1}); }`).join('\n')}
@media (max-width: 40rem) {
  body { padding: .75rem .5rem 2rem; font-size: 14px; }
  section { padding: .75rem; }
  .lanes { grid-template-columns: 1fr; gap: 1px; }
  .lanes > span:not(:first-child) { margin-top: .35rem; }
  .lanes > span:empty { display: none; }
}
`)
