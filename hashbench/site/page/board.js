// The page of a board: filters act on tables and charts alike.

function drawAll() {
  at("legend").replaceChildren(...visible().map((number) => {
    const item = element("li");
    item.append(swatch(data.methods[number]), named(data.methods[number]));
    return item;
  }));
  drawCharts();
}

for (const bits of data.bits) {
  const option = element("option", String(bits), { value: String(bits) });
  option.selected = bits === chosen.bits;
  at("bits").append(option);
}
at("bits").addEventListener("change", (event) => {
  chosen.bits = Number(event.target.value);
  drawAll();
});
at("controls").addEventListener("submit", (event) => event.preventDefault());
for (const chart of document.querySelectorAll(".chart")) chart.addEventListener("keydown", walk);
startTables(() => {});
at("filters").addEventListener("input", drawAll);
addEventListener("hashchange", unfold);
unfold();
themed();
performance.mark("tables");
