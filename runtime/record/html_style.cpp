// SPDX-License-Identifier: Apache-2.0
#include "runtime/record/html_parts.h"

namespace agon::record::html {

// Series colours: Okabe & Ito 2008, "Color Universal Design" (told apart with every common kind of
// colour blindness); their yellow and black are replaced by tones that are legible on the page.
std::string_view StyleSheet() {
  return R"(:root {
  color-scheme: light dark;
  --page: #fbfbfa; --panel: #ffffff; --ink: #1c2024; --soft: #5b636b; --line: #dfe2e5;
  --grid: #e9ebed; --zebra: #f5f6f7; --link: #0b5f99;
  --good: #007a5a; --bad: #b84a00; --neutral: #5b6b7a; --warn: #b8860b; --warn-page: #fdf6e3;
  --c0: #0072b2; --c1: #d55e00; --c2: #009e73; --c3: #cc79a7;
  --c4: #e69f00; --c5: #56b4e9; --c6: #3b4046; --c7: #8c7a00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171a; --panel: #1b1f23; --ink: #e6e8ea; --soft: #9aa3ab; --line: #343a40;
    --grid: #2a2f34; --zebra: #20252a; --link: #7cc0f0;
    --good: #35c596; --bad: #ff8f4d; --neutral: #9fb0c0; --warn: #e0b341; --warn-page: #2a2517;
    --c0: #4aa8e0; --c1: #f08040; --c2: #2fc296; --c3: #e09cc4;
    --c4: #f0b93a; --c5: #8fd0f7; --c6: #d0d4d8; --c7: #d9cc4a;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans",
    "DejaVu Sans", sans-serif;
  font-variant-numeric: lining-nums; text-wrap: pretty;
}
main { max-width: 64rem; margin: 0 auto; padding: 2.5rem 1.5rem 3rem; }
h1 { font-size: 1.9rem; line-height: 1.2; font-weight: 650; letter-spacing: -.015em; margin: 0; }
h2 {
  font-size: 1.25rem; font-weight: 650; margin: 2.75rem 0 .9rem; padding-top: 1.1rem;
  border-top: 1px solid var(--line); overflow-wrap: anywhere;
}
h1, p, td, th, figcaption { overflow-wrap: break-word; }
p { margin: .6rem 0; max-width: 46rem; }
a { color: var(--link); }
header { margin-bottom: 1.75rem; }
.subtitle { color: var(--soft); margin: .4rem 0 0; }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; margin-top: .9rem; font-size: .9rem; }
nav a { text-decoration: none; }
nav a:hover, nav a:focus { text-decoration: underline; }
footer {
  margin-top: 3rem; padding-top: .9rem; border-top: 1px solid var(--line); color: var(--soft);
  font-size: .82rem;
}

.cards { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 17rem), 1fr)); }
.card {
  background: var(--panel); border: 1px solid var(--line); border-radius: 10px;
  border-top: 4px solid var(--tone); padding: 1rem 1.25rem 1.05rem;
}
.card p { margin: 0; }
.card .label { font-weight: 600; }
.card .headline {
  display: flex; align-items: center; gap: .55rem; margin: .3rem 0 .35rem; color: var(--tone);
  font-size: 2.1rem; line-height: 1.15; font-weight: 680; letter-spacing: -.02em;
  font-variant-numeric: tabular-nums;
}
.card .detail { color: var(--soft); font-size: .9rem; }
.good { --tone: var(--good); } .bad { --tone: var(--bad); } .neutral { --tone: var(--neutral); }
.mark { flex: none; width: .8em; height: .8em; }
.mark path { fill: none; stroke: var(--tone); stroke-width: 3; stroke-linecap: round; stroke-linejoin: round; }
.lead { font-size: 1.08rem; margin-top: 1.1rem; }
.note {
  background: var(--warn-page); border: 1px solid var(--line); border-left: 4px solid var(--warn);
  border-radius: 6px; padding: .15rem 1.1rem; margin: 1rem 0;
}

.table { margin: 1rem 0; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); font-size: .9rem; padding-bottom: .5rem; }
th, td { padding: .48rem .8rem; text-align: left; vertical-align: baseline; }
th {
  position: sticky; top: 0; background: var(--page); box-shadow: inset 0 -1.5px 0 var(--soft);
  font-weight: 600; white-space: nowrap;
}
tbody tr { border-bottom: 1px solid var(--line); }
tbody tr:nth-child(even) { background: var(--zebra); }
.n { text-align: right; }
td.n { white-space: nowrap; }
abbr { text-decoration: underline dotted var(--soft); text-underline-offset: .25em; cursor: help; }

.charts { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 27rem), 1fr)); margin: 1rem 0; }
.chart {
  margin: 0; background: var(--panel); border: 1px solid var(--line); border-radius: 10px;
  padding: 1rem 1.1rem .9rem; min-width: 0;
}
.chart:only-child { max-width: 46rem; }
.chart figcaption { font-weight: 600; margin-bottom: .35rem; }
.chart > svg { display: block; width: 100%; height: auto; overflow: visible; }
.chart text { font-size: 14px; fill: var(--soft); font-variant-numeric: tabular-nums; }
.chart:only-child text { font-size: 12px; }
.chart text.x { text-anchor: middle; } .chart text.y { text-anchor: end; }
.xlabel, .ylabel { color: var(--soft); font-size: .84rem; }
.xlabel { text-align: center; }
.ylabel { margin: .15rem 0 .2rem; }
.empty { color: var(--soft); text-align: center; padding: 2rem 0; }
.g { stroke: var(--grid); stroke-width: 1; fill: none; } .a, .t { stroke: var(--soft); stroke-width: 1; fill: none; }
.l { fill: none; stroke: var(--c); stroke-width: 2.2; stroke-linejoin: round; stroke-linecap: round; }
.l.d { stroke-dasharray: 6 4; }
.m { fill: var(--c); stroke: var(--panel); stroke-width: 1.1; } .b { fill: var(--c); }
.m:hover { stroke: var(--ink); } .b:hover { opacity: .8; } .b.d { opacity: .6; }
.s0 { --c: var(--c0); } .s1 { --c: var(--c1); } .s2 { --c: var(--c2); } .s3 { --c: var(--c3); }
.s4 { --c: var(--c4); } .s5 { --c: var(--c5); } .s6 { --c: var(--c6); } .s7 { --c: var(--c7); }
.legend { display: flex; flex-wrap: wrap; gap: .15rem 1.1rem; list-style: none; margin: 0 0 .35rem; padding: 0; font-size: .87rem; }
.legend li { display: flex; align-items: center; gap: .4rem; }
.legend svg { flex: none; width: 26px; height: 12px; }

.gallery { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, var(--least)), 1fr)); margin: 1rem 0; }
.pictures { margin: 0; background: var(--panel); border: 1px solid var(--line); border-radius: 10px; padding: .75rem .9rem .7rem; min-width: 0; }
.row { display: grid; grid-template-columns: repeat(var(--across), minmax(0, 1fr)); gap: .75rem; justify-items: center; }
.picture { display: flex; flex-direction: column; align-items: center; min-width: 0; text-align: center; }
.picture img { max-width: 100%; height: auto; image-rendering: pixelated; border-radius: 3px; }
.what { color: var(--soft); font-size: .8rem; margin-bottom: .25rem; }
.says { font-size: .84rem; margin-top: .25rem; min-height: 1.3em; }
.pictures figcaption { color: var(--soft); font-size: .84rem; margin-top: .35rem; padding-top: .4rem; border-top: 1px solid var(--line); }

.boards { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 12.5rem), 1fr)); margin: 1rem 0; }
.board { margin: 0; background: var(--panel); border: 1px solid var(--line); border-radius: 10px; padding: .75rem .8rem .6rem; min-width: 0; }
.board svg { display: block; width: 100%; height: auto; }
.board figcaption { color: var(--soft); font-size: .84rem; margin-top: .35rem; }
.cell { fill: none; stroke: var(--line); stroke-width: .6; } .shade { fill: var(--c0); }
.stone { stroke: var(--soft); stroke-width: .8; } .p1 { fill: var(--ink); } .p2 { fill: var(--page); }
.board text { font-size: 10px; text-anchor: middle; fill: var(--ink); } .board text.on1 { fill: var(--page); }
.board text.share { font-size: 7px; fill: var(--ink); }

details { margin: 1rem 0; border: 1px solid var(--line); border-radius: 8px; background: var(--panel); }
summary { cursor: pointer; padding: .6rem 1rem; font-weight: 600; }
pre {
  margin: 0; padding: .8rem 1rem; border-top: 1px solid var(--line); overflow-x: auto;
  font: .84rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace;
}

@media (max-width: 40rem) {
  main { padding: 1.5rem 1rem 2rem; }
  h1 { font-size: 1.5rem; }
  .card .headline { font-size: 1.8rem; }
  .table { overflow-x: auto; }
  th, td { padding: .42rem .6rem; }
  .chart { padding: .8rem .75rem .7rem; }
  .chart text, .chart:only-child text { font-size: 18px; }
  .chart text.minor { display: none; }
}
@media print {
  :root {
    color-scheme: light;
    --page: #ffffff; --panel: #ffffff; --ink: #000000; --soft: #444444; --line: #bbbbbb;
    --grid: #dddddd; --zebra: #f5f5f5; --link: #000000;
    --good: #006b4f; --bad: #a34100; --neutral: #444444; --warn: #8a6500; --warn-page: #ffffff;
    --c0: #0072b2; --c1: #d55e00; --c2: #009e73; --c3: #cc79a7;
    --c4: #e69f00; --c5: #56b4e9; --c6: #3b4046; --c7: #8c7a00;
  }
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  nav { display: none; }
  th { position: static; }
  h2 { break-after: avoid; }
  .card, .chart, .pictures, .board, tr, .note { break-inside: avoid; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
)";
}

}  // namespace agon::record::html
