// Charts by plotly.js, in the colours of the page; arrow keys walk over their points.

const CONFIG = {
  responsive: true, displaylogo: false,
  modeBarButtons: [["toImage", "zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "resetScale2d"]],
};

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function ink(method) {
  return method.colour === "#000000" ? colour("--text") : method.control ? colour("--quiet") : method.colour;
}

function layout(across, up, top, more = {}) {
  const axis = { gridcolor: colour("--line"), linecolor: colour("--quiet"), zeroline: false, automargin: true };
  return {
    margin: { l: 50, r: 12, t: 30, b: 44 }, showlegend: false, hovermode: "closest",
    paper_bgcolor: colour("--ground"), plot_bgcolor: colour("--ground"),
    font: { color: colour("--text"), size: 12 },
    xaxis: { ...axis, title: { text: across }, ...more },
    yaxis: { ...axis, title: { text: up }, range: [0, top] },
  };
}

function trace(number, points, mode) {
  const method = section().methods[number];
  const look = ink(method);
  const spreads = points.map((p) => p.spread);
  return {
    name: named(method), mode, type: "scatter",
    x: points.map((p) => p.x), y: points.map((p) => p.y), text: points.map((p) => p.text),
    line: { color: look, dash: method.dash, width: 2 },
    marker: { color: look, symbol: method.symbol, size: 9, line: { color: look, width: 1.5 } },
    error_y: { type: "data", array: spreads, visible: spreads.some((s) => s), color: look, thickness: 1, width: 3 },
    hovertemplate: "%{text}<extra></extra>",
  };
}

// plotly.js reads a little HTML in hover texts; a method's name must not be any.
const plain = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");

function point(number, x, cell, what) {
  const extent = cell.spread === null ? "" : ` \u00b1 ${percent(cell.spread)}`;
  const seeds = cell.seeds > 1 ? ` (${cell.seeds} seeds)` : "";
  const text = plain(`${named(section().methods[number])}, ${what}: ${percent(cell.mean)}${extent} %${seeds}`);
  return { x, y: 100 * cell.mean, spread: cell.spread === null ? null : 100 * cell.spread, text };
}

function overBits() {
  const { bits } = section();
  return visible().map((m) => {
    const cells = bits.map((b) => [b, score(m, b)]).filter(([, cell]) => cell.mean !== null);
    return trace(m, cells.map(([b, cell]) => point(m, b, cell, `${b} bits`)), "lines+markers");
  });
}

function overK() {
  const { ks } = section();
  return visible().map((m) => {
    const cells = ks.map((k) => [k, score(m, chosen.bits, k)]).filter(([, cell]) => cell.mean !== null);
    return trace(m, cells.map(([k, cell]) => point(m, place(k), cell, `K = ${k}`)), "lines+markers");
  });
}

// K = all stands where the database ends.
const place = (k) => (k === "all" ? section().nDatabase : k);

// Rank or radius, recall and precision of a method at the chosen length, means over the seeds.
function along(method, which) {
  const records = section().records.filter((r) => r.method === method && r.bits === chosen.bits);
  const curves = records.map((r) => r.curves[which]).filter((curve) => curve);
  if (!curves.length || curves.some((curve) => curve[0].length !== curves[0][0].length)) return [];
  return curves[0][0].map((at, i) => ({
    at, recall: mean(curves.map((curve) => curve[1][i])), precision: mean(curves.map((curve) => curve[2][i])),
  }));
}

function overRanking(which, x, word) {
  return visible().map((m) => {
    const name = named(section().methods[m]);
    const points = along(m, which).map((p) => ({
      x: x(p), y: 100 * p.precision, spread: null,
      text: plain(`${name}, ${word} ${p.at}: precision ${percent(p.precision)} %, recall ${percent(p.recall)} %`),
    }));
    return trace(m, points, "lines");
  });
}

const ofQuery = () => section().queries[chosen.profile];
const ranked = () => `${chosen.bits} bits, query ${ofQuery()}, ${section().title}`;

function againstSpeed() {
  const { bits } = section();
  return visible().map((m) => {
    const cells = bits.map((b) => [b, score(m, b)]);
    const points = cells.filter(([, cell]) => cell.mean !== null && cell.speed !== null).map(
      ([b, cell]) => point(m, cell.speed, cell, `${b} bits, ${Math.round(cell.speed)} videos/s`));
    return trace(m, points, "markers");
  });
}

// 1, 2 and 5 of each power of ten between the slowest and the fastest, or the powers where those are many.
function speedAxis(traces) {
  const speeds = traces.flatMap((t) => t.x);
  if (!speeds.length) return { type: "log" };
  const [low, high] = [Math.min(...speeds) / 2, Math.max(...speeds) * 2];
  const ticks = (steps) => {
    const found = [];
    for (let power = 10 ** Math.floor(Math.log10(low)); power <= high; power *= 10)
      found.push(...steps.map((step) => step * power).filter((v) => v >= low && v <= high));
    return found;
  };
  const fine = ticks([1, 2, 5]);
  const tickvals = fine.length > 7 ? ticks([1]) : fine;
  return { type: "log", tickvals, ticktext: tickvals.map(thousands) };
}

function thousands(value) {
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(3))}M`;
  return value >= 1e3 ? `${Number((value / 1e3).toPrecision(3))}k` : String(Number(value.toPrecision(3)));
}

const upward = () => `mAP@${chosen.k} (%)`;

// What each chart shows: title, lines, names of the axes, and what is special about the first.
const FIGURES = {
  "over-bits": () => {
    const { bits, title } = section();
    const ticks = bits.length > 8 ? bits.filter((b) => (b & (b - 1)) === 0) : bits;
    return [`mAP@${chosen.k} over code length, ${title}`, overBits(), ["bits", upward()],
      { type: "log", tickvals: ticks, ticktext: ticks.map(String) }];
  },
  "over-k": () => {
    const { ks, title } = section();
    return [`mAP@K over K at ${chosen.bits} bits, ${title}`, overK(), ["K", "mAP@K (%)"],
      { tickvals: ks.map(place), ticktext: ks.map(String), type: place(ks[ks.length - 1]) > 50 * ks[0] ? "log" : "linear" }];
  },
  speed: () => {
    const traces = againstSpeed();
    return [`Encoding speed against mAP@${chosen.k}, ${section().title}`, traces,
      ["videos encoded a second", upward()], speedAxis(traces)];
  },
};

const RANKINGS = {
  "recall-by-rank": () => [`Precision over recall by rank at ${ranked()}`,
    overRanking(ofQuery(), (p) => 100 * p.recall, "rank"), ["recall (%)", "precision (%)"]],
  "recall-by-radius": () => [`Precision over recall by radius at ${chosen.bits} bits, ${section().title}`,
    overRanking("radius", (p) => 100 * p.recall, "radius"), ["recall (%)", "precision (%)"]],
  "precision-at-n": () => [`Precision over N at ${ranked()}`,
    overRanking(ofQuery(), (p) => p.at, "N ="), ["N", "precision@N (%)"], { type: "log" }],
};
Object.assign(FIGURES, RANKINGS);

// Controls that see labels must not flatten the rest; a double click still shows everything.
function ceiling(traces) {
  const { methods } = section();
  const honest = visible().map((m, i) => [methods[m].sign, traces[i]]).filter(([sign]) => sign !== "\u2021");
  const drawn = honest.length ? honest.map(([, t]) => t) : traces;
  const tops = drawn.flatMap((t) => t.y.map((y, i) => y + (t.error_y.array[i] ?? 0)));
  return tops.length ? 1.06 * Math.max(...tops) : 100;
}

function above(traces, top) {
  const hidden = traces.filter((t) => t.y.length && t.y.every((y) => y > top)).map((t) => t.name);
  return hidden.length ? `; above the frame: ${hidden.join(", ")}` : "";
}

// What is said of a chart stands before the chart does.
function describe(id) {
  const [title, traces] = FIGURES[id]();
  at(`${id}-title`).textContent = title + above(traces, ceiling(traces));
  // Records measured without the whole list have no such curve.
  at(id).closest("figure").hidden = traces.every((t) => !t.y.length) && id in RANKINGS;
  at(id).points = traces.map((t) => t.text);
  at(id).place = null;
}

function plot(id) {
  const [, traces, [across, up], more] = FIGURES[id]();
  Plotly.react(at(id), traces, layout(across, up, ceiling(traces), more), CONFIG);
  // To a screen reader the chart is its title, the point that the arrow keys reached, and the table.
  for (const drawing of at(id).querySelectorAll("svg.main-svg")) drawing.setAttribute("aria-hidden", "true");
}

function walk(event) {
  const steps = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };
  const step = steps[event.key];
  const chart = event.currentTarget;
  if (!step) return;
  event.preventDefault();
  const lines = chart.points.map((_, line) => line).filter((line) => chart.points[line].length);
  if (!lines.length) return;
  let [row, column] = chart.place ? [lines.indexOf(chart.place[0]) + step[0], chart.place[1] + step[1]] : [0, 0];
  row = (row + lines.length) % lines.length;
  const line = lines[row];
  column = Math.max(0, Math.min(chart.points[line].length - 1, column));
  chart.place = [line, column];
  if (!stale.has(chart.id)) Plotly.Fx.hover(chart, [{ curveNumber: line, pointNumber: column }]);
  at("spoken").textContent = chart.points[line][column].replace(/&lt;/g, "<").replace(/&amp;/g, "&");
}
