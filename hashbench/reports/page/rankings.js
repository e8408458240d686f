// The figures of whole rankings: precision over recall, and over the rank.

// Rank or radius, recall and precision of a method at the chosen length, means over the seeds.
function along(method, which) {
  const records = section().records.filter((r) => r.method === method && r.bits === chosen.bits);
  const curves = records.map((r) => r.curves[which]).filter((curve) => curve);
  if (!curves.length || curves.some((curve) => curve[0].length !== curves[0][0].length)) return [];
  return curves[0][0].map((at, i) => ({
    at, recall: mean(curves.map((curve) => curve[1][i])), precision: mean(curves.map((curve) => curve[2][i])),
  }));
}

function overRanking(which, x, word) {
  return visible().map((m) => {
    const name = named(section().methods[m]);
    const points = along(m, which).map((p) => ({
      x: x(p), y: 100 * p.precision, spread: null,
      text: plain(`${name}, ${word} ${p.at}: precision ${percent(p.precision)} %, recall ${percent(p.recall)} %`),
    }));
    return trace(m, points, "lines");
  });
}

const ofQuery = () => section().queries[chosen.profile];
const ranked = () => `${chosen.bits} bits, query ${ofQuery()}, ${section().title}`;

Object.assign(FIGURES, {
  "recall-by-rank": () => [`Precision over recall by rank at ${ranked()}`,
    overRanking(ofQuery(), (p) => 100 * p.recall, "rank"), ["recall (%)", "precision (%)"]],
  "recall-by-radius": () => [`Precision over recall by radius at ${chosen.bits} bits, ${section().title}`,
    overRanking("radius", (p) => 100 * p.recall, "radius"), ["recall (%)", "precision (%)"]],
  "precision-at-n": () => [`Precision over N at ${ranked()}`,
    overRanking(ofQuery(), (p) => p.at, "N ="), ["N", "precision@N (%)"], { type: "log" }],
});
