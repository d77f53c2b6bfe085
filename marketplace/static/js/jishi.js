// Shared by every part below (each stands in a block of its own): delegation, small queries, and what to do with new content.
const $ = (selector, within = document) => within.querySelector(selector);
// Answers the element itself too, when it fits: new content may be exactly what is looked for.
const $$ = (selector, within = document) => [...(within instanceof Element && within.matches(selector) ? [within] : []), ...within.querySelectorAll(selector)];
const on = (type, selector, act, options) =>
  document.addEventListener(type, (event) => {
    const found = event.target instanceof Element && event.target.closest(selector);
    if (found) act(event, found);
  }, options);
const remember = (key, value) => { try { value ? localStorage.setItem(key, value) : localStorage.removeItem(key); } catch { /* refused */ } };
const dressers = [];
// dress(act): run `act(root)` for the page and for everything htmx puts into it later.
const dress = (act) => { dressers.push(act); act(document); };
document.addEventListener("htmx:load", (event) => { if (event.detail.elt !== document.body) dressers.forEach((act) => act(event.detail.elt)); });
const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
  element.append(...children);
  return element;
};
const sprite = () => ($("svg.icon use")?.getAttribute("href") || "").split("#")[0];
const icon = (name) => {
  const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  picture.setAttribute("class", "icon"); picture.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${sprite()}#${name}`);
  picture.append(use);
  return picture;
};
{
// Toasts: good news leaves by itself, bad news stays until it is closed; both wait while the pointer or the focus is on them.
const place = () => $("#toasts");

function settle(toast) {
  const close = make("button", { type: "button", class: "close", "aria-label": place().dataset.close }, icon("close"));
  close.addEventListener("click", () => toast.remove());
  toast.append(close);
  if (toast.dataset.toast === "bad") return;
  let timer;
  const start = () => { timer = setTimeout(() => toast.remove(), 6000); };
  const wait = () => clearTimeout(timer);
  toast.addEventListener("pointerenter", wait); toast.addEventListener("focusin", wait);
  toast.addEventListener("pointerleave", start); toast.addEventListener("focusout", start);
  start();
}

function say(text, tone = "good") {
  const toast = make("div", { class: tone === "bad" ? "toast is-bad" : "toast", "data-toast": tone }, icon(tone === "bad" ? "warning" : "check-circle"), make("div", {}, text));
  place().append(toast);
  settle(toast);
}

dress((root) => $$("[data-toast]", root).forEach(settle));
// Others speak by event:  document.dispatchEvent(new CustomEvent("say", {detail: {text, tone}})); htmx answers by HX-Trigger: {"say": {…}}
document.addEventListener("say", (event) => say(event.detail.text, event.detail.tone));
on("click", "[data-copy]", async (event, button) => {
  await navigator.clipboard.writeText(button.dataset.copy);
  say(place().dataset.copied);
});
on("click", "[data-print]", () => window.print());
}
{
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
}
{
// Forms keep what was typed, show files before they are sent, and say how strong a password is.
const field = (element) => element.matches("input:not([type=hidden]), textarea, select");

let unsaved = null;
on("input", "form[data-guard]", (event, form) => { if (field(event.target)) unsaved = form; });
on("submit", "form", (event, form) => { if (!event.defaultPrevented) unsaved = form === unsaved ? null : unsaved; });
window.addEventListener("beforeunload", (event) => { if (unsaved?.isConnected) event.preventDefault(); });

// What cannot be undone is asked once, in a dialog that names it.
function ask(button) {
  const words = $("#toasts").dataset, no = make("button", { class: "button", value: "" }, words.no), yes = make("button", { class: "button is-danger", value: "yes" }, words.yes);
  const dialog = make("dialog", { "aria-label": words.yes }, make("div", { class: "in" }, button.dataset.confirm), make("form", { method: "dialog", class: "answers" }, no, yes));
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (dialog.returnValue !== "yes") return;
    button.dataset.sure = "yes";
    button.form.requestSubmit(button);
    delete button.dataset.sure;
  });
  document.body.append(dialog);
  dialog.showModal();
}

// A second click on a slow form sends nothing twice.
on("submit", "form[method=post]", (event, form) => {
  if (form.hasAttribute("hx-post") || form.method === "dialog") return;
  const button = event.submitter;
  if (form.dataset.sent) { event.preventDefault(); return; }
  if (button?.dataset.confirm && !button.dataset.sure) { event.preventDefault(); ask(button); return; }
  form.dataset.sent = "yes";
  button?.classList.add("is-busy");
  setTimeout(() => { delete form.dataset.sent; button?.classList.remove("is-busy"); }, 8000);
});
window.addEventListener("pageshow", () => $$("form[data-sent]").forEach((form) => { delete form.dataset.sent; $$(".is-busy", form).forEach((b) => b.classList.remove("is-busy")); }));

dress((root) => $("[data-focus]", root)?.focus());
on("change", "form[data-auto]", (event, form) => { if (!form.hasAttribute("hx-get")) form.requestSubmit(); });

on("click", "[data-reveal]", (event, button) => {
  const input = document.getElementById(button.dataset.reveal), shown = input.type === "text";
  input.type = shown ? "password" : "text";
  button.setAttribute("aria-pressed", String(!shown));
  button.replaceChildren(icon(shown ? "eye" : "eye-off"));
});

// A rough measure for the eye only; the server judges by itself.
function strength(text) {
  if (text.length < 10) return 0;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^a-zA-Z\d]/].filter((kind) => kind.test(text)).length;
  const variety = new Set(text).size;
  return Math.min(4, 1 + (variety > 6) + (text.length > 13 && variety > 8) + (kinds > 2 || text.length > 18 ? 1 : 0));
}
on("input", "[data-strength]", (event, input) => {
  const place = document.getElementById(input.dataset.strength), score = strength(input.value);
  place.hidden = !input.value;
  $("meter", place).value = score;
  $("span", place).textContent = JSON.parse(place.dataset.words)[score];
});

// Drawn on a canvas, because the content policy lets no blob: picture in. A file that is no picture stays a name.
async function paint(canvas, file) {
  try {
    const picture = await createImageBitmap(file), side = Math.min(picture.width, picture.height);
    canvas.getContext("2d").drawImage(picture, (picture.width - side) / 2, (picture.height - side) / 2, side, side, 0, 0, 200, 200);
  } catch { canvas.remove(); }
}
const size = (bytes) => (bytes > 1048576 ? `${(bytes / 1048576).toFixed(1)} MB` : `${Math.ceil(bytes / 1024)} KB`);
on("change", "[data-preview]", (event, input) => {
  const place = document.getElementById(input.dataset.preview);
  $$(".is-new", place).forEach((shot) => shot.remove());
  const most = Number(input.dataset.most), large = most && [...input.files].find((file) => file.size > most);
  if (large) { // said before it is sent: that would take minutes
    place.append(make("p", { class: "error is-new", role: "alert" }, `${input.dataset.tooLarge} (${large.name}, ${size(large.size)})`));
    input.value = "";
  }
  [...input.files].forEach((file) => {
    const shot = make("span", { class: "shot is-new" });
    if (file.type.startsWith("image/")) {
      const canvas = make("canvas", { width: "200", height: "200" });
      shot.append(canvas);
      paint(canvas, file);
    }
    shot.append(make("span", { class: "name", title: file.name }, `${file.name} · ${size(file.size)}`));
    place.append(shot);
  });
});
["dragenter", "dragover"].forEach((type) => on(type, "[data-drop]", (event, drop) => { event.preventDefault(); drop.classList.add("is-over"); }));
["dragleave", "drop"].forEach((type) => on(type, "[data-drop]", (event, drop) => drop.classList.remove("is-over")));
on("drop", "[data-drop]", (event, drop) => {
  event.preventDefault();
  const input = $("input[type=file]", drop);
  input.files = event.dataTransfer.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
});

// From a refusal back to the form as it was left, with what was typed: following the link would open it anew.
on("click", "a[data-back]", (event) => {
  if (event.metaKey || event.ctrlKey || history.length < 2) return;
  event.preventDefault();
  history.back();
});
}
{
// Rows that grow (the price ladder's editor) and the chain province → city → district.
function number(row, n) {
  $$("[name]", row).forEach((input) => { for (const word of ["name", "id"]) input[word] = input[word].replace(/-\d+-/, `-${n}-`); });
}
on("click", "[data-row-add]", (event, button) => {
  const body = $(`[data-rows="${button.dataset.rowAdd}"] tbody`), row = body.lastElementChild.cloneNode(true);
  $$("input", row).forEach((input) => { input.value = ""; input.removeAttribute("aria-invalid"); });
  $$(".error", row).forEach((error) => error.remove());
  number(row, Math.max(...$$("input", body).map((input) => Number(input.name.match(/-(\d+)-/)[1]))) + 1);
  body.append(row);
  $("input", row).focus();
});
on("click", "[data-row-remove]", (event, button) => {
  const row = button.closest("tr"), body = row.parentElement;
  if (body.children.length > 1) { row.remove(); } else { $$("input", row).forEach((input) => { input.value = ""; }); }
  body.closest("form")?.dispatchEvent(new Event("input", { bubbles: true }));
});

const empty = (select) => select.replaceChildren(select.options[0]);
on("change", "[data-regions-url] select", async (event, select) => {
  const chain = $$("select", select.closest("[data-regions-url]")), at = chain.indexOf(select), next = chain[at + 1];
  chain.slice(at + 1).forEach(empty);
  if (!next || !select.value) return;
  const address = new URL(select.closest("[data-regions-url]").dataset.regionsUrl, location.href);
  address.searchParams.set("parent", select.value);
  next.disabled = true;
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    (await answer.json()).forEach((place) => next.append(new Option(place.name, place.code)));
  } catch {
    document.dispatchEvent(new CustomEvent("say", { detail: { text: $("#toasts").dataset.failed, tone: "bad" } }));
  }
  next.disabled = false;
});
}
{
// Quantity, the ladder that follows it, the total, and the gallery. Money is counted in minor units; the server counts again.
const amount = (input) => Number(input.value.replace(/[\uff0b-\uff19]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0)).replace(/[,\s]/g, ""));
const decimals = (text) => (String(text).split(".")[1] || "").length;

function step(stepper, direction) {
  const input = $("input", stepper), by = Number(input.dataset.stepBy) || 1, least = Number(input.dataset.min) || 0, most = Number(input.dataset.max) || Infinity;
  const value = Math.min(most, Math.max(least, (amount(input) || 0) + direction * by));
  input.value = value.toFixed(Math.max(decimals(by), decimals(input.dataset.min)));
  input.dispatchEvent(new Event("input", { bubbles: true }));
  input.dispatchEvent(new Event("change", { bubbles: true }));
}
on("click", "[data-step]", (event, button) => step(button.closest("[data-stepper]"), Number(button.dataset.step)));
on("keydown", "[data-stepper] input", (event, input) => {
  const direction = { ArrowUp: 1, ArrowDown: -1 }[event.key];
  if (direction) { event.preventDefault(); step(input.closest("[data-stepper]"), direction); }
});

function money(minor, currency) {
  const locale = document.documentElement.lang;
  const parts = new Intl.NumberFormat(locale, { style: "currency", currency, currencyDisplay: "narrowSymbol" });
  return parts.format(minor / 10 ** parts.resolvedOptions().maximumFractionDigits);
}

function follow(quantity) {
  const ladder = $("[data-ladder]");
  if (!ladder) return;
  const rungs = $$("li", ladder), fitting = rungs.filter((rung) => Number(rung.dataset.from) <= quantity).pop() || rungs[0];
  rungs.forEach((rung) => rung.classList.toggle("is-on", rung === fitting));
  const total = $("[data-total]"), minor = Number(fitting.dataset.minor);
  if (total && minor) total.textContent = money(Math.round(minor * quantity), total.dataset.currency);
}
on("input", "[data-stepper] input", (event, input) => {
  const word = $("[data-one]", input.closest(".quantity"));
  if (word) word.textContent = amount(input) === 1 ? word.dataset.one : word.dataset.many;
});
on("input", "[data-stepper] input", (event, input) => { if (input.name === "quantity" && amount(input) > 0) follow(amount(input)); });
// Once it is in the cart, what was wrong with the quantity before is no longer said.
on("cart-changed", "form", (event, form) => $$(".quantity", form).forEach((part) => {
  $("input", part).removeAttribute("aria-invalid");
  $(".stepper", part).classList.remove("is-bad");
  $(".said", part)?.remove();
}));

const THUMBS = "[data-gallery-thumb], [data-gallery-film]";
on("click", THUMBS, (event, thumb) => {
  const gallery = thumb.closest("[data-gallery]"), film = $("video", gallery), main = $("[data-gallery-main]", gallery), plays = thumb.matches("[data-gallery-film]");
  event.preventDefault();
  gallery.classList.toggle("is-film", plays);
  if (plays && event.isTrusted) film.play().catch(() => {}); // with the arrow keys one only passes by
  if (!plays) {
    film?.pause();
    $("img", main).src = thumb.dataset.galleryThumb;
    main.href = $(".zoomed", gallery).src = thumb.href;
  }
  $$(THUMBS, gallery).forEach((other) => other.toggleAttribute("aria-current", other === thumb));
  thumb.setAttribute("aria-current", "true");
});
on("keydown", "[data-gallery]", (event, gallery) => {
  if (event.target.closest("video")) return; // there they wind
  const thumbs = $$(THUMBS, gallery), at = thumbs.findIndex((thumb) => thumb.hasAttribute("aria-current"));
  const next = { ArrowRight: at + 1, ArrowLeft: at - 1 }[event.key];
  if (next !== undefined) thumbs[next]?.click();
});

// Clocks: <time data-until="2026-11-22T18:00:00Z" data-over="…">; the server writes the words, the clock only the minutes.
function tick() {
  $$("[data-until]").forEach((clock) => {
    const left = Math.floor((new Date(clock.dataset.until) - Date.now()) / 1000);
    if (left <= 0) { clock.textContent = clock.dataset.over; clock.removeAttribute("data-until"); return; }
    const [h, m, s] = [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60].map((n) => String(n).padStart(2, "0"));
    clock.textContent = h === "00" ? `${m}:${s}` : `${h}:${m}:${s}`;
  });
}
let ticking = 0;
dress((root) => { if (!ticking && $("[data-until]", root)) { tick(); ticking = setInterval(tick, 1000); } });
}
{
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
}
{
// htmx: the token goes along, failures are said aloud, slow parts show that they are slow after 300 ms.
const speak = (text) => document.dispatchEvent(new CustomEvent("say", { detail: { text, tone: "bad" } }));
const token = () => $("meta[name=csrf-token]")?.content || "";

document.addEventListener("htmx:configRequest", (event) => { event.detail.headers["X-CSRFToken"] = token(); });

// By request, not by target: an answer may go elsewhere than was asked (HX-Retarget).
const waits = new WeakMap();
document.addEventListener("htmx:beforeRequest", (event) => {
  const { target, xhr } = event.detail;
  if (target.id === "tray") return;
  const timer = setTimeout(() => { target.classList.add("is-waiting"); target.setAttribute("aria-busy", "true"); }, 300);
  waits.set(xhr, { target, timer });
});
document.addEventListener("htmx:afterRequest", (event) => {
  const { target, timer } = waits.get(event.detail.xhr) || {};
  if (!target) return;
  clearTimeout(timer);
  target.classList.remove("is-waiting");
  target.removeAttribute("aria-busy");
});

// A refusal that brings its own words is shown: a form with errors at its fields (422), or a toast (HX-Retarget: #toasts).
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (xhr.status === 422 || xhr.getResponseHeader("HX-Retarget")) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});
document.addEventListener("htmx:responseError", (event) => {
  if (!event.detail.xhr.getResponseHeader("HX-Retarget")) speak($("#toasts").dataset.refused);
});
["htmx:sendError", "htmx:timeout"].forEach((type) => document.addEventListener(type, (event) => { if (event.detail.target?.id !== "tray") speak($("#toasts").dataset.failed); }));
}
{
// An answer replaces a part of the page under the reader's hands: where they stand, what they folded and what they typed or ticked since it
// was asked for survive it. Whatever can be reached by keyboard in such a part has an id for this.
const FIELDS = "input[id]:not([type=hidden], [type=file]), select[id], textarea[id]";
const ticked = (field) => field.matches("[type=checkbox], [type=radio]");
const held = (field) => (ticked(field) ? field.checked : field.value);
const asked = new WeakMap(); // request → what the fields held when it went out
const folds = new Map();
let late = [], unsent = [], focused = "", caret = [];
document.addEventListener("htmx:beforeRequest", (event) => {
  asked.set(event.detail.xhr, new Map($$(FIELDS).map((field) => [field.id, held(field)])));
  focused = document.activeElement.id; // a button that is disabled meanwhile loses the focus
});
document.addEventListener("htmx:beforeSwap", (event) => {
  const here = document.activeElement, before = asked.get(event.detail.xhr) || new Map();
  $$("details[data-keep][id]", event.detail.target).forEach((part) => folds.set(part.id, part.open));
  late = $$(FIELDS).filter((field) => before.has(field.id) && before.get(field.id) !== held(field)).map((field) => [field.id, held(field)]);
  if (here !== document.body) focused = here.id;
  caret = focused && "selectionStart" in here ? [here.selectionStart, here.selectionEnd] : [];
});

const send = (field) => field.dispatchEvent(new Event("change", { bubbles: true }));
function refocus() {
  const place = focused && document.activeElement === document.body && document.getElementById(focused);
  if (place) place.focus({ preventScroll: true });
}
// Put back what the answer could not know of. What is still being typed is sent when it is left, everything else as soon as
// the new part listens.
function restore([id, value]) {
  const field = document.getElementById(id);
  if (!field || held(field) === value) return;
  field[ticked(field) ? "checked" : "value"] = value;
  if (field !== document.activeElement || ticked(field) || field.matches("select")) { unsent.push(field); return; }
  if (Number.isInteger(caret[0])) field.setSelectionRange(...caret);
  const left = new AbortController();
  field.addEventListener("change", () => left.abort(), { signal: left.signal });
  field.addEventListener("blur", () => { left.abort(); send(field); }, { signal: left.signal });
}
document.addEventListener("htmx:afterSwap", () => {
  refocus();
  const now = late;
  late = [];
  now.forEach(restore);
});
document.addEventListener("htmx:afterSettle", () => {
  folds.forEach((open, id) => { const part = document.getElementById(id); if (part) part.open = open; });
  folds.clear();
  refocus();
  unsent.splice(0).forEach(send);
});
document.addEventListener("htmx:afterRequest", () => setTimeout(refocus));
}
