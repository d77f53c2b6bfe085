// Runs before the first paint, so that a chosen theme never flashes and nothing moves. Everything else is in jishi.js.
document.documentElement.dataset.script = "on";
try {
  const chosen = localStorage.getItem("theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch { /* storage refused: the system's choice stands */ }
