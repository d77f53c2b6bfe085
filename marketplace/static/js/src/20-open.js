// Things that open: dialogs, menus, the filters of a phone, the panel beside a list, light and dark.
on("click", "[data-dialog]", (event, opener) => {
  const dialog = document.getElementById(opener.dataset.dialog);
  if (!dialog) return;
  event.preventDefault();
  dialog.showModal();
});
on("click", "dialog", (event, dialog) => { if (event.target === dialog) dialog.close(); });

document.addEventListener("click", (event) => {
  $$("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = $("details.menu[open]");
  if (menu) { menu.open = false; $("summary", menu).focus(); return; }
  if (!$("dialog[open]")) $("[data-detail-close]")?.click();
});
on("click", "[data-detail-close]", (event, close) => {
  const panel = close.closest(".detail");
  if (!panel || event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  panel.replaceChildren();
  history.replaceState(null, "", close.href);
});

// Facets stand open beside the results where there is room, and fold away on a phone.
// Browsers that know ::details-content need no script for it.
const roomy = matchMedia("(min-width: 861px)");
const fold = () => $$("[data-facets]").forEach((facets) => { facets.open = roomy.matches; });
if (!CSS.supports("selector(::details-content)")) dress(fold);

const dark = () => (document.documentElement.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
on("click", "[data-theme-switch]", () => {
  const next = dark() ? "light" : "dark";
  document.documentElement.dataset.theme = next;
  remember("theme", next);
});
