// Charts come after the tables, one at a time, and only once they are near the window.

const stale = new Set(); // Charts that show nothing yet, or what was chosen before.
const near = new Set();
let working = false;

// Resolves when what was drawn so far is on the screen; a hidden page paints nothing and goes on.
function painted() {
  return new Promise((resolve) => {
    setTimeout(resolve, 100);
    requestAnimationFrame(() => setTimeout(resolve));
  });
}

async function unpacked(text) {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i += 1) bytes[i] = letters.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

async function library() {
  if (window.Plotly) return;
  const script = document.createElement("script");
  const { shared } = at("plotly").dataset; // The address of a file that many pages share.
  const loaded = shared && new Promise((resolve, reject) => {
    script.onload = resolve;
    script.onerror = () => reject(new Error(`${shared} is not there`));
    script.src = shared;
  });
  if (!shared) script.textContent = await unpacked(at("plotly").textContent);
  document.head.append(script);
  await loaded;
}

function drawCharts() {
  for (const id of Object.keys(FIGURES)) {
    describe(id);
    if (at(id).closest("figure").hidden) { // It never comes near, and nobody waits for it.
      stale.delete(id);
      at(id).removeAttribute("aria-busy");
      continue;
    }
    stale.add(id);
    at(id).setAttribute("aria-busy", "true");
  }
  drawStale();
}

function drawNow(id) {
  stale.delete(id);
  plot(id);
  at(id).removeAttribute("aria-busy");
  performance.mark(`chart ${id}`);
}

async function drawStale() {
  if (working || !next()) return;
  working = true;
  try {
    await painted();
    await library();
    for (let id = next(); id; id = next()) {
      drawNow(id);
      await painted();
    }
  } catch (error) {
    for (const id of stale) at(`${id}-title`).textContent = `The charts cannot be drawn here: ${error.message}`;
    throw error;
  } finally {
    working = false;
  }
}

function next() {
  return [...stale].find((id) => near.has(id));
}

const watcher = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting) near.add(target.id);
    else near.delete(target.id);
  }
  drawStale();
}, { rootMargin: "200px" });

// On paper everything is near.
addEventListener("beforeprint", () => {
  if (window.Plotly) [...stale].forEach(drawNow);
});
document.addEventListener("DOMContentLoaded", () => {
  for (const chart of document.querySelectorAll(".chart")) watcher.observe(chart);
});
