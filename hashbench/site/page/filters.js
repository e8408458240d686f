// Rows that the server wrote become tables that sort; filters hide rows, and never change a rank.

const tables = []; // {id, caption, columns, rows}

// A cell's number where it has one; otherwise its words, and null for a dash.
function keyOf(cell, text) {
  if (cell.dataset.key !== undefined) return Number(cell.dataset.key);
  const words = cell.textContent.trim();
  return text && words !== "\u2013" ? words : null;
}

function readTable(table) {
  const heads = [...table.tHead.rows[0].cells];
  const columns = heads.map((cell) => ({ title: cell.textContent.trim(), text: cell.classList.contains("text") }));
  const rows = [...table.tBodies[0].rows].map((line) => {
    const cells = [...line.cells].map((node, i) => ({ key: keyOf(node, columns[i].text), node }));
    return { method: line.dataset.method, cells };
  });
  sorting[table.id] = { column: null, down: true };
  return { id: table.id, caption: table.caption.textContent, columns, rows };
}

function drawTable({ id, caption, columns, rows }) {
  const shown = rows.filter((row) => row.method === undefined || !chosen.hidden.has(Number(row.method)));
  fill(id, caption, columns, shown.map((row) => row.cells));
}

function wanted(method) {
  const value = (id) => at(id)?.value ?? "";
  if (!method.label.toLowerCase().includes(value("by-name").trim().toLowerCase())) return false;
  if (value("by-labels") && method.supervised !== (value("by-labels") === "with")) return false;
  if (method.control && at("by-control") && !at("by-control").checked) return false;
  if (value("by-year") && !(method.year >= Number(value("by-year")))) return false;
  const given = { "by-venue": method.venue, "by-licence": method.licence, "by-chosen": method.chosen_on };
  return Object.entries(given).every(([id, known]) => !value(id) || known === value(id));
}

function filtered(draw) {
  data.methods.forEach((method, number) => {
    if (wanted(method)) chosen.hidden.delete(number);
    else chosen.hidden.add(number);
  });
  tables.forEach(drawTable);
  at("status").textContent = `${visible().length} of ${data.methods.length} methods. Ranks are those among all of them.`;
  draw();
}

function startTables(draw) {
  tables.push(...[...document.querySelectorAll("table.sorts")].map(readTable));
  tables.forEach(drawTable);
  const form = at("filters");
  if (!form) return;
  form.addEventListener("input", () => filtered(draw));
  form.addEventListener("submit", (event) => event.preventDefault());
  filtered(draw);
}

// A link to the rows of a length opens what they are folded into.
function unfold() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (!target || target.tagName !== "DETAILS") return;
  target.open = true;
  target.scrollIntoView();
}
