// The theme that was chosen on another page of the site, before this one is painted.
try {
  const kept = localStorage.getItem("hashbench-theme");
  if (kept) document.documentElement.dataset.theme = kept;
  addEventListener("pagehide", () => {
    const { theme } = document.documentElement.dataset;
    if (theme) localStorage.setItem("hashbench-theme", theme);
  });
} catch {
  // Without storage every page follows the system.
}
