// What a page of the site holds: methods, and which of them are hidden.

const data = JSON.parse(document.getElementById("data").textContent);
const at = (id) => document.getElementById(id);
const chosen = { k: 20, bits: data.bits ? data.bits[data.bits.length - 1] : 0, hidden: new Set() };
const section = () => data;
const named = (method) => `${method.label} ${method.sign ?? ""}`.trim();
const percent = (value) => (100 * value).toFixed(2);

function visible() {
  const numbers = (data.methods ?? []).map((_, number) => number);
  return numbers.filter((number) => !chosen.hidden.has(number));
}
