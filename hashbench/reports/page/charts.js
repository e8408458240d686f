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
  at(id).closest("figure").hidden = "optional" in at(id).dataset && traces.every((t) => !t.y.length);
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
