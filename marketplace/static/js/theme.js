// Runs before the first paint, so that the page is never displayed in the wrong theme first and its layout does not shift. All other code is in jishi.js.
document.documentElement.dataset.js = "on";
try {
  const chosen = localStorage.getItem("theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch { /* storage is disabled: the theme of the system is used */ }
