// Opening and closing: dialogs, menus, the filters on narrow screens, the detail panel beside a list, light and dark theme.
delegate("click", "[data-dialog]", (event, trigger) => {
  const dialog = document.getElementById(trigger.dataset.dialog);
  if (!dialog) return;
  event.preventDefault();
  dialog.showModal();
});
delegate("click", "dialog", (event, dialog) => { if (event.target === dialog) dialog.close(); });

document.addEventListener("click", (event) => {
  $$("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = $("details.menu[open]");
  if (menu) { menu.open = false; $("summary", menu).focus(); return; }
  if (!$("dialog[open]")) $("[data-detail-close]")?.click();
});
// The detail panel has its own entry in the history: its address is the address of the object, so that the page can be reloaded
// and the link shared; Back (also on a phone) closes the panel, and the list behind it is unchanged. All objects that are opened
// one after another share one entry.
const DETAIL_LINK = '[hx-target="#detail"]';
const openDetail = () => $("#detail:not(:empty)");
let listUrl = "", opener = null;
const currentUrl = () => location.pathname + location.search;

function closeDetail() {
  openDetail()?.replaceChildren();
  opener?.closest("tr")?.classList.remove("is-on");
  opener?.focus({ preventScroll: true });
}
delegate("click", `a${DETAIL_LINK}`, (event) => { if (event.metaKey || event.ctrlKey || event.shiftKey) event.stopPropagation(); }, true); // opens a new tab
delegate("click", "[data-detail-close]", (event, close) => {
  if (!close.closest("#detail") || event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  history.back();
});
document.addEventListener("htmx:beforeHistoryUpdate", (event) => {
  const { history: entry, requestConfig } = event.detail;
  if (requestConfig.elt.matches(DETAIL_LINK)) {
    opener?.closest("tr")?.classList.remove("is-on");
    opener = requestConfig.elt;
    opener.closest("tr")?.classList.add("is-on");
    if (openDetail()) entry.type = "replace"; else listUrl = currentUrl();
  } else if (openDetail()) { // the list was filtered: its address replaces the address of the panel
    entry.type = "replace";
    openDetail().replaceChildren();
  }
});
window.addEventListener("popstate", (event) => {
  const link = $$(DETAIL_LINK).find((candidate) => candidate.getAttribute("hx-get") === currentUrl());
  if (openDetail() && currentUrl() === listUrl) closeDetail();
  else if (link) window.htmx.ajax("GET", currentUrl(), { target: "#detail", swap: "innerHTML" }); // Forward
  else return;
  event.stopImmediatePropagation(); // otherwise htmx would load the whole page
}, true);

// Facets are open beside the results on wide screens and closed on narrow ones.
// Browsers that support ::details-content need no script for it.
const isWide = matchMedia("(min-width: 861px)");
const syncFacets = () => $$("[data-facets]").forEach((facets) => { facets.open = isWide.matches; });
if (!CSS.supports("selector(::details-content)")) onContent(syncFacets);

const isDark = () => (document.documentElement.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
delegate("click", "[data-theme-switch]", () => {
  const theme = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  saveSetting("theme", theme);
});
