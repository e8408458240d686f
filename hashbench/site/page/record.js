// The charts of a record: AP@20 of its queries, mAP over K, and precision over recall.

const method = () => data.methods[0];
const place = (k) => (k === "all" ? data.n_database : k); // where the database ends

function histogram() {
  const all = data.counts.reduce((sum, count) => sum + count, 0);
  const width = 100 / data.counts.length;
  const points = data.counts.map((count, i) => {
    const text = `AP@${data.k} from ${i * width} to ${(i + 1) * width} %: ${count} queries`;
    return { x: (i + 0.5) * width, y: (100 * count) / all, spread: null, text };
  });
  const drawn = trace(0, points, "markers");
  return { ...drawn, type: "bar", width, textposition: "none", marker: { color: ink(method()), line: { color: colour("--ground"), width: 1 } } };
}

function overCuts() {
  return trace(0, data.by_k.map(([k, y]) => ({ x: place(k), y, spread: null, text: `K = ${k}: ${y.toFixed(2)} %` })), "lines+markers");
}

function overRecall() {
  const points = data.curve.filter(([x, y]) => x !== null && y !== null).map(([x, y, radius]) => (
    { x, y, spread: null, text: `radius ${radius}: precision ${y.toFixed(2)} %, recall ${x.toFixed(2)} %` }));
  return trace(0, points, "lines+markers");
}

const FIGURES = {
  spread: () => [`AP@${data.k} over queries, ${data.title}`, [histogram()], [`AP@${data.k} (%)`, "queries (%)"], { range: [0, 100] }],
  "over-k": () => [`mAP@K over K, ${data.title}`, [overCuts()], ["K", "mAP@K (%)"], { tickvals: data.by_k.map(([k]) => place(k)), ticktext: data.by_k.map(([k]) => String(k)), type: data.by_k.some(([k]) => k === "all") ? "log" : "linear" }],
};
if (at("curve"))
  FIGURES.curve = () => [`Precision over recall by Hamming radius, ${data.title}`, [overRecall()], ["recall (%)", "precision (%)"]];

function drawAll() {
  drawCharts();
}

for (const chart of document.querySelectorAll(".chart")) chart.addEventListener("keydown", walk);
startTables(() => {});
themed();
performance.mark("tables");
