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

// A method's name, which may break behind its commas and brackets.
function rowHead(method) {
  const cell = element("th", "", { scope: "row" });
  for (const part of named(method).split(/(?<=[,[])/)) cell.append(part, document.createElement("wbr"));
  return cell;
}
