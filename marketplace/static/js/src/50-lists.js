// Lists by keyboard and in bulk: j k move, x picks, Enter opens, / searches; the bar says how many are picked.
const typing = (event) => event.target.closest("input, textarea, select, [contenteditable], dialog") || event.metaKey || event.ctrlKey || event.altKey;
const rows = () => $$("table[data-keys] > tbody > tr").filter((row) => row.offsetParent);
let at = null;

function go(row) {
  at?.classList.remove("is-at");
  at = row;
  row.classList.add("is-at");
  row.scrollIntoView({ block: "nearest" });
}
const acts = {
  j: () => { const all = rows(), next = all[all.indexOf(at) + 1] || all[0]; if (next) go(next); },
  k: () => { const all = rows(), next = all[all.indexOf(at) - 1] || all.at(-1); if (next) go(next); },
  x: () => { const box = at && $(".row-pick", at); if (box) box.click(); },
  Enter: () => at && $("a[href]", at)?.click(),
  "/": (event) => { const find = $(".filter-bar .find, .top .find input, .search input[type=search]"); if (find) { event.preventDefault(); find.focus(); find.select(); } },
};
document.addEventListener("keydown", (event) => {
  const act = acts[event.key];
  if (!act || typing(event)) return;
  if (event.key === "Enter" && event.target.closest("a, button, summary")) return;
  act(event);
});

let last = null;
function count(form) {
  const boxes = $$(".row-pick", form), picked = boxes.filter((box) => box.checked), bar = $("[data-bulk-bar]", form), all = $("[data-pick-all]", form);
  if (all) { all.checked = picked.length > 0 && picked.length === boxes.length; all.indeterminate = picked.length > 0 && picked.length < boxes.length; }
  if (!bar) return;
  const words = $("[data-bulk-count]", bar), [none, some] = JSON.parse(words.dataset.words);
  words.textContent = picked.length ? some.replace("#", picked.length) : none;
}
dress((root) => [...$$("form[data-bulk]", root), ...(root instanceof Element ? [root.closest("form[data-bulk]")].filter(Boolean) : [])].forEach(count));
on("click", ".row-pick", (event, box) => {
  const form = box.closest("form"), boxes = $$(".row-pick", form);
  if (event.shiftKey && last && boxes.includes(last)) {
    const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
    boxes.slice(from, to + 1).forEach((other) => { other.checked = box.checked; });
  }
  last = box;
  count(form);
});
on("change", "[data-pick-all]", (event, all) => {
  const form = all.closest("form");
  $$(".row-pick", form).forEach((box) => { box.checked = all.checked; });
  count(form);
});

// A whole row opens what its first link opens, but a click on a control stays that control's.
on("click", "table[data-keys] > tbody > tr", (event, row) => {
  if (event.target.closest("a, button, input, label, select, summary, form") || String(getSelection())) return;
  $("a[href]", row)?.click();
});

// A filter bar asks while one types: not for half a word (the input method is still composing it), and with one entry of
// the history for all that is tried, so that Back leads to the list as it was opened.
on("input", ".filter-bar .find", (event) => { if (event.isComposing) event.stopPropagation(); }, true);
on("compositionend", ".filter-bar .find", (event, input) => input.dispatchEvent(new Event("input", { bubbles: true })));
document.addEventListener("htmx:beforeHistoryUpdate", (event) => {
  const { history: entry, requestConfig } = event.detail;
  if (!requestConfig.elt.matches(".filter-bar")) return;
  if (requestConfig.elt.dataset.tried) entry.type = "replace";
  requestConfig.elt.dataset.tried = "yes";
});

// Suggestions under the search field: a combobox. The focus stays in the field; the arrow keys walk through the list.
const OFFERS = ".suggest [role=option]";
function stand(input, option) {
  $$(OFFERS, input.form).forEach((one) => one.setAttribute("aria-selected", String(one === option)));
  option ? input.setAttribute("aria-activedescendant", option.id) : input.removeAttribute("aria-activedescendant");
}
// Tells the field whether a list hangs under it, and forgets where one stood in the list before.
function offer(input) {
  input.setAttribute("aria-expanded", String($$(OFFERS, input.form).length > 0));
  stand(input, null);
}
function close(input) {
  $(".suggest", input.form).replaceChildren();
  offer(input);
}
document.addEventListener("htmx:afterSwap", (event) => {
  const input = event.detail.target?.matches(".suggest") && $("[role=combobox]", event.detail.target.closest("form"));
  if (input) input === document.activeElement ? offer(input) : close(input); // too late: one has gone on
});
on("keydown", ".search [role=combobox]", (event, input) => {
  const found = $$(OFFERS, input.form), now = found.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (event.key === "Escape" && found.length) { event.preventDefault(); close(input); }
  if (event.key === "Tab") close(input);
  if (event.key === "Enter" && now >= 0) { event.preventDefault(); found[now].click(); }
  const next = { ArrowDown: now + 1, ArrowUp: now < 0 ? found.length - 1 : now - 1 }[event.key];
  if (next === undefined || !found.length || event.isComposing) return;
  event.preventDefault();
  stand(input, found[(next + found.length) % found.length]);
});
document.addEventListener("click", (event) => { if (!event.target.closest(".search")) $$(".search [role=combobox]").forEach(close); });

// Rows that scroll sideways on a phone begin where the reader is.
dress((root) => $$(".in-menu [aria-current], .tabs [aria-current], .cats [aria-current]", root).forEach((here) => {
  const row = here.parentElement, [at, of] = [here, row].map((one) => one.getBoundingClientRect());
  if (row.scrollWidth > row.clientWidth) row.scrollLeft += at.left - of.left - (of.width - at.width) / 2;
}));
