// The figures of a table of methods: mAP over bits, over K, and against the speed of encoding.

function overBits() {
  const { bits } = section();
  return visible().map((m) => {
    const cells = bits.map((b) => [b, score(m, b)]).filter(([, cell]) => cell.mean !== null);
    return trace(m, cells.map(([b, cell]) => point(m, b, cell, `${b} bits`)), "lines+markers");
  });
}

function overK() {
  const { ks } = section();
  return visible().map((m) => {
    const cells = ks.map((k) => [k, score(m, chosen.bits, k)]).filter(([, cell]) => cell.mean !== null);
    return trace(m, cells.map(([k, cell]) => point(m, place(k), cell, `K = ${k}`)), "lines+markers");
  });
}

// K = all stands where the database ends.
const place = (k) => (k === "all" ? section().nDatabase : k);

function againstSpeed() {
  const { bits } = section();
  return visible().map((m) => {
    const cells = bits.map((b) => [b, score(m, b)]);
    const points = cells.filter(([, cell]) => cell.mean !== null && cell.speed !== null).map(
      ([b, cell]) => point(m, cell.speed, cell, `${b} bits, ${Math.round(cell.speed)} videos/s`));
    return trace(m, points, "markers");
  });
}

// 1, 2 and 5 of each power of ten between the slowest and the fastest, or the powers where those are many.
function speedAxis(traces) {
  const speeds = traces.flatMap((t) => t.x);
  if (!speeds.length) return { type: "log" };
  const [low, high] = [Math.min(...speeds) / 2, Math.max(...speeds) * 2];
  const ticks = (steps) => {
    const found = [];
    for (let power = 10 ** Math.floor(Math.log10(low)); power <= high; power *= 10)
      found.push(...steps.map((step) => step * power).filter((v) => v >= low && v <= high));
    return found;
  };
  const fine = ticks([1, 2, 5]);
  const tickvals = fine.length > 7 ? ticks([1]) : fine;
  return { type: "log", tickvals, ticktext: tickvals.map(thousands) };
}

function thousands(value) {
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(3))}M`;
  return value >= 1e3 ? `${Number((value / 1e3).toPrecision(3))}k` : String(Number(value.toPrecision(3)));
}

const upward = () => `mAP@${chosen.k} (%)`;

// What each chart shows: title, lines, names of the axes, and what is special about the first.
const FIGURES = {
  "over-bits": () => {
    const { bits, title } = section();
    const ticks = bits.length > 8 ? bits.filter((b) => (b & (b - 1)) === 0) : bits;
    return [`mAP@${chosen.k} over code length, ${title}`, overBits(), ["bits", upward()],
      { type: "log", tickvals: ticks, ticktext: ticks.map(String) }];
  },
  "over-k": () => {
    const { ks, title } = section();
    return [`mAP@K over K at ${chosen.bits} bits, ${title}`, overK(), ["K", "mAP@K (%)"],
      { tickvals: ks.map(place), ticktext: ks.map(String), type: place(ks[ks.length - 1]) > 50 * ks[0] ? "log" : "linear" }];
  },
  speed: () => {
    const traces = againstSpeed();
    return [`Encoding speed against mAP@${chosen.k}, ${section().title}`, traces,
      ["videos encoded a second", upward()], speedAxis(traces)];
  },
};
