// Runs before the first paint, so that a chosen theme never flashes. Everything else is in jishi.js.
try {
  const chosen = localStorage.getItem("theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch { /* storage refused: the system's choice stands */ }
