// Lists: keyboard navigation (j and k move, x selects, Enter opens, / focuses the search field), bulk selection, live filters, search suggestions.
const isTyping = (event) => event.target.closest("input, textarea, select, [contenteditable], dialog") || event.metaKey || event.ctrlKey || event.altKey;
const visibleRows = () => $$("table[data-list-keys] > tbody > tr").filter((row) => row.offsetParent);
let currentRow = null;

function focusRow(row) {
  currentRow?.classList.remove("is-cursor");
  currentRow = row;
  row.classList.add("is-cursor");
  row.scrollIntoView({ block: "nearest" });
}
const shortcuts = {
  j: () => { const rows = visibleRows(), next = rows[rows.indexOf(currentRow) + 1] || rows[0]; if (next) focusRow(next); },
  k: () => { const rows = visibleRows(), next = rows[rows.indexOf(currentRow) - 1] || rows.at(-1); if (next) focusRow(next); },
  x: () => { const checkbox = currentRow && $(".row-checkbox", currentRow); if (checkbox) checkbox.click(); },
  Enter: () => currentRow && $("a[href]", currentRow)?.click(),
  "/": (event) => { const input = $(".filter-bar .search-box, .topbar .search-box input, .search input[type=search]"); if (input) { event.preventDefault(); input.focus(); input.select(); } },
};
document.addEventListener("keydown", (event) => {
  const shortcut = shortcuts[event.key];
  if (!shortcut || isTyping(event)) return;
  if (event.key === "Enter" && event.target.closest("a, button, summary")) return;
  shortcut(event);
});

let lastChecked = null;
function updateBulkBar(form) {
  const checkboxes = $$(".row-checkbox", form), checked = checkboxes.filter((checkbox) => checkbox.checked), bar = $("[data-bulk-bar]", form), selectAll = $("[data-select-all]", form);
  if (selectAll) { selectAll.checked = checked.length > 0 && checked.length === checkboxes.length; selectAll.indeterminate = checked.length > 0 && checked.length < checkboxes.length; }
  if (!bar) return;
  const counter = $("[data-bulk-count]", bar), [none, some] = JSON.parse(counter.dataset.messages);
  counter.textContent = checked.length ? some.replace("#", checked.length) : none;
}
onContent((root) => [...$$("form[data-bulk]", root), ...(root instanceof Element ? [root.closest("form[data-bulk]")].filter(Boolean) : [])].forEach(updateBulkBar));
delegate("click", ".row-checkbox", (event, checkbox) => {
  const form = checkbox.closest("form"), checkboxes = $$(".row-checkbox", form);
  if (event.shiftKey && lastChecked && checkboxes.includes(lastChecked)) {
    const [from, to] = [checkboxes.indexOf(lastChecked), checkboxes.indexOf(checkbox)].sort((a, b) => a - b);
    checkboxes.slice(from, to + 1).forEach((other) => { other.checked = checkbox.checked; });
  }
  lastChecked = checkbox;
  updateBulkBar(form);
});
delegate("change", "[data-select-all]", (event, selectAll) => {
  const form = selectAll.closest("form");
  $$(".row-checkbox", form).forEach((checkbox) => { checkbox.checked = selectAll.checked; });
  updateBulkBar(form);
});

// A click anywhere in a row opens its first link, except a click on a control inside the row.
delegate("click", "table[data-list-keys] > tbody > tr", (event, row) => {
  if (event.target.closest("a, button, input, label, select, summary, form") || String(getSelection())) return;
  $("a[href]", row)?.click();
});

// A filter bar sends its request during typing: not while an input method is still composing a word, and with one entry in the
// history for all attempts, so that Back leads to the list as it was opened.
delegate("input", ".filter-bar .search-box", (event) => { if (event.isComposing) event.stopPropagation(); }, true);
delegate("compositionend", ".filter-bar .search-box", (event, input) => input.dispatchEvent(new Event("input", { bubbles: true })));
document.addEventListener("htmx:beforeHistoryUpdate", (event) => {
  const { history: entry, requestConfig } = event.detail;
  if (!requestConfig.elt.matches(".filter-bar")) return;
  if (requestConfig.elt.dataset.historyReplaced) entry.type = "replace";
  requestConfig.elt.dataset.historyReplaced = "yes";
});

// Suggestions below the search field: a combobox. The focus stays in the field; the arrow keys highlight an option of the list.
const OPTIONS = ".suggestions [role=option]";
function highlightOption(input, option) {
  $$(OPTIONS, input.form).forEach((other) => other.setAttribute("aria-selected", String(other === option)));
  option ? input.setAttribute("aria-activedescendant", option.id) : input.removeAttribute("aria-activedescendant");
}
// Sets aria-expanded of the field and removes the highlight of the previous list.
function syncExpanded(input) {
  input.setAttribute("aria-expanded", String($$(OPTIONS, input.form).length > 0));
  highlightOption(input, null);
}
function closeSuggestions(input) {
  $(".suggestions", input.form).replaceChildren();
  syncExpanded(input);
}
document.addEventListener("htmx:afterSwap", (event) => {
  const input = event.detail.target?.matches(".suggestions") && $("[role=combobox]", event.detail.target.closest("form"));
  if (input) input === document.activeElement ? syncExpanded(input) : closeSuggestions(input); // the response came after the focus left the field
});
delegate("keydown", ".search [role=combobox]", (event, input) => {
  const options = $$(OPTIONS, input.form), position = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (event.key === "Escape" && options.length) { event.preventDefault(); closeSuggestions(input); }
  if (event.key === "Tab") closeSuggestions(input);
  if (event.key === "Enter" && position >= 0) { event.preventDefault(); options[position].click(); }
  const next = { ArrowDown: position + 1, ArrowUp: position < 0 ? options.length - 1 : position - 1 }[event.key];
  if (next === undefined || !options.length || event.isComposing) return;
  event.preventDefault();
  highlightOption(input, options[(next + options.length) % options.length]);
});
document.addEventListener("click", (event) => { if (!event.target.closest(".search")) $$(".search [role=combobox]").forEach(closeSuggestions); });

// Navigation rows that scroll sideways on a phone start at the current item.
onContent((root) => $$(".section-nav [aria-current], .tabs [aria-current], .category-nav [aria-current]", root).forEach((item) => {
  const row = item.parentElement, [itemBox, rowBox] = [item, row].map((element) => element.getBoundingClientRect());
  if (row.scrollWidth > row.clientWidth) row.scrollLeft += itemBox.left - rowBox.left - (rowBox.width - itemBox.width) / 2;
}));
