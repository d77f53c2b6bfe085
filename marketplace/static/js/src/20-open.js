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
// The panel beside a list has an entry of its own in the history: its address is the object's own, so that it can be read
// again and sent on; Back (on a phone, too) closes it, and the list behind it has stayed as it was. One entry for all that is
// opened in turn.
const BESIDE = '[hx-target="#detail"]';
const beside = () => $("#detail:not(:empty)");
let listed = "", opener = null;
const here = () => location.pathname + location.search;

function fold_up() {
  beside()?.replaceChildren();
  opener?.closest("tr")?.classList.remove("is-on");
  opener?.focus({ preventScroll: true });
}
on("click", `a${BESIDE}`, (event) => { if (event.metaKey || event.ctrlKey || event.shiftKey) event.stopPropagation(); }, true); // a tab of its own
on("click", "[data-detail-close]", (event, close) => {
  if (!close.closest("#detail") || event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  history.back();
});
document.addEventListener("htmx:beforeHistoryUpdate", (event) => {
  const { history: entry, requestConfig } = event.detail;
  if (requestConfig.elt.matches(BESIDE)) {
    opener?.closest("tr")?.classList.remove("is-on");
    opener = requestConfig.elt;
    opener.closest("tr")?.classList.add("is-on");
    if (beside()) entry.type = "replace"; else listed = here();
  } else if (beside()) { // the list was filtered: its address takes the place of the panel's
    entry.type = "replace";
    beside().replaceChildren();
  }
});
window.addEventListener("popstate", (event) => {
  const row = $$(BESIDE).find((link) => link.getAttribute("hx-get") === here());
  if (beside() && here() === listed) fold_up();
  else if (row) window.htmx.ajax("GET", here(), { target: "#detail", swap: "innerHTML" }); // Forward
  else return;
  event.stopImmediatePropagation(); // htmx would load the page anew
}, true);

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
