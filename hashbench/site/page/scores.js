// The numbers of a board: means over seeds, with half of the interval where the board has it.

function score(method, bits, k = chosen.k) {
  const row = data.rows.find((one) => one.method === method && one.bits === bits);
  if (!row) return { mean: null, spread: null, seeds: 0, speed: null };
  const own = k === 20;
  return {
    mean: own ? row.mean : row.by_k[k] ?? null,
    spread: own ? row.half : null,
    seeds: row.seeds,
    speed: row.speed,
  };
}
