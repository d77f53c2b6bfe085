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
