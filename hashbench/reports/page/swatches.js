// The marks of plotly.js, small, so that a checkbox shows what its line looks like.
const MARKS = {
  circle: '<circle r="4.5"/>', square: '<rect x="-4" y="-4" width="8" height="8"/>',
  "triangle-up": '<path d="M0-5 5 4H-5z"/>', "triangle-down": '<path d="M0 5 5-4H-5z"/>',
  "triangle-left": '<path d="M-5 0 4 5V-5z"/>', "triangle-right": '<path d="M5 0-4 5V-5z"/>',
  diamond: '<path d="M0-5.5 5.5 0 0 5.5-5.5 0z"/>', cross: '<path d="M-2-5h4v3h3v4h-3v3h-4v-3h-3v-4h3z"/>',
  x: '<path d="M-5-3-3-5 0-2 3-5 5-3 2 0 5 3 3 5 0 2-3 5-5 3-2 0z"/>',
  star: '<path d="M0-6 1.6-2 6-1.8 2.5 1 3.7 5.2 0 2.8-3.7 5.2-2.5 1-6-1.8-1.6-2z"/>',
  "cross-thin": '<path d="M-5 0H5M0-5V5"/>', "x-thin": '<path d="M-4-4 4 4M4-4-4 4"/>',
};
const DASHES = { solid: "", dash: "6 3", dashdot: "6 2 1.5 2", longdashdot: "8 2 1.5 2", dot: "1.5 2.5" };

function swatch(method) {
  const look = ink(method);
  const box = document.createElement("span");
  box.setAttribute("aria-hidden", "true");
  box.innerHTML = `<svg width="34" height="14" viewBox="-17 -7 34 14" fill="${look}" stroke="${look}">` +
    `<path d="M-17 0H17" stroke-width="2" stroke-dasharray="${DASHES[method.dash]}"/>${MARKS[method.symbol]}</svg>`;
  return box;
}
