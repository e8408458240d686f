// Light and dark: as the system has it until the button is pressed. A page draws itself in drawAll.

function dark() {
  const set = document.documentElement.dataset.theme;
  return set ? set === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function themed() {
  at("theme").textContent = dark() ? "Light" : "Dark"; // what pressing it gives
  drawAll();
}

at("theme").addEventListener("click", () => {
  document.documentElement.dataset.theme = dark() ? "light" : "dark";
  themed();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", themed);
