// The numbers: what is chosen, and means over seeds of it.

const data = JSON.parse(document.getElementById("data").textContent);
const at = (id) => document.getElementById(id);
const chosen = { section: 0, k: 0, profile: "", ties: "", bits: 0, hidden: new Set() };
const section = () => data.sections[chosen.section];
const named = (method) => `${method.label} ${method.sign}`.trim();
const percent = (value) => (100 * value).toFixed(2);

function ap(record, k = chosen.k) {
  return record.ap?.[chosen.profile]?.[chosen.ties]?.[k];
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function spread(values) {
  if (values.length < 2) return null;
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}

// One cell of the table: mean and standard deviation over the seeds of a method and a length.
function score(method, bits, k = chosen.k) {
  const records = section().records.filter((r) => r.method === method && r.bits === bits);
  const values = records.map((r) => ap(r, k)).filter((value) => value !== undefined);
  const speeds = records.map((r) => r.speed).filter((value) => value > 0);
  return {
    failures: records.filter((r) => r.error),
    mean: values.length ? mean(values) : null,
    spread: spread(values),
    seeds: values.length,
    speed: speeds.length ? mean(speeds) : null,
  };
}

function visible() {
  const numbers = section().methods.map((_, number) => number);
  return numbers.filter((number) => !chosen.hidden.has(section().methods[number].label));
}
