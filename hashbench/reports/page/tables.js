// Tables whose columns sort: numbers from high to low first, empty cells always last.

function element(tag, text = "", attributes = {}) {
  const made = document.createElement(tag);
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

const sorting = { scores: { column: null, down: true }, records: { column: null, down: true } };

// columns: [{title, text}]; rows: arrays of {key, node}, as long as the columns.
function fill(id, caption, columns, rows) {
  const table = at(id);
  const order = sorting[id];
  if (order.column !== null && order.column >= columns.length) order.column = null;
  const head = element("tr");
  columns.forEach((column, number) => {
    const cell = element("th", "", { scope: "col" });
    if (column.text) cell.className = "text";
    if (column.title === "") cell.append(element("span", "Details", { class: "unseen" }));
    else cell.append(sorter(id, column, number, () => fill(id, caption, columns, rows)));
    const direction = order.down ? "descending" : "ascending";
    cell.setAttribute("aria-sort", order.column === number ? direction : "none");
    head.append(cell);
  });
  const body = document.createElement("tbody");
  for (const row of sorted(rows, order)) {
    const line = element("tr");
    line.append(...row.map((cell) => cell.node));
    body.append(line);
  }
  const top = document.createElement("thead");
  top.append(head);
  table.replaceChildren(element("caption", caption, { class: "unseen" }), top, body);
}

function sorter(id, column, number, again) {
  const button = element("button", column.title, { type: "button" });
  button.addEventListener("click", () => {
    const order = sorting[id];
    const first = !column.text;
    order.down = order.column === number ? !order.down : first;
    order.column = number;
    again();
    at(id).querySelectorAll("thead th")[number].querySelector("button").focus();
    at("spoken").textContent =
      `Sorted by ${column.title}, ${order.down ? "descending" : "ascending"}.`;
  });
  return button;
}

function sorted(rows, { column, down }) {
  if (column === null) return rows;
  return [...rows].sort((one, other) => {
    const [a, b] = [one[column].key, other[column].key];
    if (a === null || b === null) return (a === null) - (b === null);
    const order = typeof a === "string" ? a.localeCompare(b, "en") : a - b;
    return down ? -order : order;
  });
}

function drawScores() {
  const { bits, methods } = section();
  const shown = visible();
  const cells = new Map(shown.map((m) => [m, bits.map((length) => score(m, length))]));
  const competing = shown.filter((m) => !methods[m].control);
  const tops = bits.map((_, column) => {
    const means = competing.map((m) => cells.get(m)[column].mean).filter((x) => x !== null);
    return competing.length > 1 && means.length ? percent(Math.max(...means)) : null;
  });
  const rows = shown.map((m) => {
    const name = rowHead(methods[m]);
    if (methods[m].control) name.className = "control";
    const scores = cells.get(m).map((cell, column) => scoreCell(cell, methods[m], tops[column]));
    return [{ key: named(methods[m]), node: name }, ...scores];
  });
  const columns = [{ title: "method", text: true }, ...bits.map((b) => ({ title: `${b} bits` }))];
  fill("scores", caption(), columns, rows);
  at("scores-title").textContent = `mAP@${chosen.k} (%)`;
  drawNotes(shown);
}

// A method's name, which may break behind its commas and brackets.
function rowHead(method) {
  const cell = element("th", "", { scope: "row" });
  for (const part of named(method).split(/(?<=[,[])/)) cell.append(part, document.createElement("wbr"));
  return cell;
}

function scoreCell(cell, method, top) {
  const node = element("td");
  if (cell.mean === null) {
    node.textContent = cell.failures.length ? "fail" : "\u2013";
    node.className = cell.failures.length ? "failed" : "";
    return { key: null, node };
  }
  node.append(element("span", percent(cell.mean)));
  if (!method.control && percent(cell.mean) === top) node.className = "best";
  const all = section().seeds.length;
  if (cell.seeds < all) node.append(element("small", ` ${cell.seeds} of ${all} seeds`));
  if (cell.spread !== null) node.append(element("small", ` \u00b1${percent(cell.spread)}`));
  return { key: cell.mean, node };
}

function caption() {
  const { title, seeds } = section();
  const told = `seed${seeds.length > 1 ? "s" : ""} ${seeds.join(", ")}`;
  const how = seeds.length > 1 ? " (mean and standard deviation)" : "";
  return `mAP@${chosen.k} (%) on ${title}, profile ${chosen.profile}, ties ${chosen.ties}, ${told}${how}`;
}

function drawNotes(shown) {
  const { methods, records } = section();
  const signs = new Set(shown.map((m) => methods[m].sign));
  const notes = Object.entries(data.signs).filter(([sign]) => [...signs].some((s) => s.includes(sign)));
  const failed = grouped(records.filter((r) => r.error && shown.includes(r.method)),
    (r) => `${methods[r.method].label}\n${r.error}`);
  const lines = notes.map(([sign, text]) => element("li", `${sign} ${text}`));
  for (const alike of failed.values()) {
    const each = (field) => [...new Set(alike.map((r) => r[field]))].join(", ");
    const text = `${methods[alike[0].method].label} failed at ${each("bits")} bits, seed ${each("seed")}: ${alike[0].error}`;
    lines.push(element("li", text, { class: "failed" }));
  }
  at("notes").replaceChildren(...lines);
}

function drawRecords() {
  const { methods, records } = section();
  const titles = ["method", "bits", "seed", `mAP@${chosen.k} (%)`, "encode (videos/s)", "fit (s)",
    "memory (MiB)", "status", ""];
  const columns = titles.map((title) => ({ title, text: title === "method" || title === "status" }));
  const rows = records.filter((r) => visible().includes(r.method)).map((r) => [
    { key: named(methods[r.method]), node: rowHead(methods[r.method]) },
    number(r.bits, 0), number(r.seed, 0),
    number(ap(r) === undefined ? null : 100 * ap(r), 2),
    number(r.speed, 0), number(r.fit, 2), number(r.memory === null ? null : r.memory / 2 ** 20, 0),
    { key: r.error || "ok", node: element("td", r.error ? "failed" : "ok", { class: r.error ? "text failed" : "text" }) },
    { key: null, node: detailsCell(r, methods[r.method]) },
  ]);
  fill("records", `${rows.length} records on ${section().title}`, columns, rows);
}

function number(value, digits) {
  const text = value === null ? "\u2013" : value.toLocaleString("en", {
    minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: false,
  });
  return { key: value, node: element("td", text) };
}

function detailsCell(record, method) {
  const cell = element("td");
  const name = `Record ${record.key.slice(0, 8)}: ${named(method)}, ${record.bits} bits, seed ${record.seed}`;
  const button = element("button", "manifest", { type: "button", "aria-label": `${name}, manifest` });
  button.addEventListener("click", () => {
    at("details-title").textContent = name;
    const manifest = record.manifest === null ? "not found beside the records" : data.manifests[record.manifest];
    at("details-text").textContent = JSON.stringify({ record: record.about, manifest }, null, 2);
    at("details").showModal();
  });
  cell.append(button);
  return cell;
}

function grouped(items, key) {
  const groups = new Map();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}
