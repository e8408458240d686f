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
at("k").addEventListener("change", (e) => { chosen.k = Number(e.target.value) || e.target.value; drawAll(); });
at("profile").addEventListener("change", (e) => { chosen.profile = e.target.value; drawAll(); });
at("ties").addEventListener("change", (e) => { chosen.ties = e.target.value; drawAll(); });
at("bits").addEventListener("change", (e) => { chosen.bits = Number(e.target.value); drawAll(); });
at("controls").addEventListener("submit", (e) => e.preventDefault());
for (const chart of document.querySelectorAll(".chart")) chart.addEventListener("keydown", walk);
themed();
performance.mark("tables");
