// The controls, and drawing anew when one of them changes.

function options(id, values, value, texts = values) {
  at(id).replaceChildren(...values.map((v, i) => {
    const option = element("option", String(texts[i]), { value: String(v) });
    option.selected = v === value;
    return option;
  }));
}

function keep(value, values, otherwise) {
  return values.includes(value) ? value : otherwise;
}

function choose() {
  const { ks, profiles, ties, bits, usual } = section();
  chosen.k = keep(chosen.k, ks, usual.k);
  chosen.profile = keep(chosen.profile, profiles, usual.profile);
  chosen.ties = keep(chosen.ties, ties, usual.ties);
  chosen.bits = keep(chosen.bits, bits, bits[bits.length - 1]);
  options("dataset", data.sections.map((_, i) => i), chosen.section, data.sections.map((s) => s.title));
  options("k", ks, chosen.k);
  options("profile", profiles, chosen.profile);
  options("ties", ties, chosen.ties);
  options("bits", bits, chosen.bits);
}

// The marks of plotly.js, small, so that a checkbox shows what its line looks like.
const MARKS = {
  circle: '<circle r="4.5"/>', square: '<rect x="-4" y="-4" width="8" height="8"/>',
  "triangle-up": '<path d="M0-5 5 4H-5z"/>', "triangle-down": '<path d="M0 5 5-4H-5z"/>',
  "triangle-left": '<path d="M-5 0 4 5V-5z"/>', "triangle-right": '<path d="M5 0-4 5V-5z"/>',
  diamond: '<path d="M0-5.5 5.5 0 0 5.5-5.5 0z"/>', cross: '<path d="M-2-5h4v3h3v4h-3v3h-4v-3h-3v-4h3z"/>',
  x: '<path d="M-5-3-3-5 0-2 3-5 5-3 2 0 5 3 3 5 0 2-3 5-5 3-2 0z"/>',
  star: '<path d="M0-6 1.6-2 6-1.8 2.5 1 3.7 5.2 0 2.8-3.7 5.2-2.5 1-6-1.8-1.6-2z"/>',
  "cross-thin": '<path d="M-5 0H5M0-5V5"/>', "x-thin": '<path d="M-4-4 4 4M4-4-4 4"/>',
};
const DASHES = { solid: "", dash: "6 3", dashdot: "6 2 1.5 2", longdashdot: "8 2 1.5 2", dot: "1.5 2.5" };

function swatch(method) {
  const look = ink(method);
  const box = document.createElement("span");
  box.setAttribute("aria-hidden", "true");
  box.innerHTML = `<svg width="34" height="14" viewBox="-17 -7 34 14" fill="${look}" stroke="${look}">` +
    `<path d="M-17 0H17" stroke-width="2" stroke-dasharray="${DASHES[method.dash]}"/>${MARKS[method.symbol]}</svg>`;
  return box;
}

function drawMethods() {
  at("method-list").replaceChildren(...section().methods.map((method) => {
    const label = element("label");
    const box = element("input", "", { type: "checkbox" });
    box.checked = !chosen.hidden.has(method.label);
    box.addEventListener("change", () => {
      if (box.checked) chosen.hidden.delete(method.label);
      else chosen.hidden.add(method.label);
      draw();
    });
    label.append(box, swatch(method), named(method));
    return label;
  }));
}

function draw() {
  drawScores();
  drawRecords();
  drawCharts();
  at("status").textContent = `Showing ${caption()}; ${visible().length} of ${section().methods.length} methods.`;
}

function drawAll() {
  choose();
  drawMethods();
  draw();
}

at("dataset").addEventListener("change", (e) => { chosen.section = Number(e.target.value); drawAll(); });
at("k").addEventListener("change", (e) => { chosen.k = Number(e.target.value); drawAll(); });
at("profile").addEventListener("change", (e) => { chosen.profile = e.target.value; drawAll(); });
at("ties").addEventListener("change", (e) => { chosen.ties = e.target.value; drawAll(); });
at("bits").addEventListener("change", (e) => { chosen.bits = Number(e.target.value); drawAll(); });
at("controls").addEventListener("submit", (e) => e.preventDefault());
for (const chart of document.querySelectorAll(".chart")) chart.addEventListener("keydown", walk);
themed();
performance.mark("tables");
