// Quantity, the price tier that applies to it, the total, the gallery, and countdowns. Money is in minor units; the server calculates the final total.
const parseAmount = (input) => Number(input.value.replace(/[\uff0b-\uff19]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0)).replace(/[,\s]/g, ""));
const countDecimals = (text) => (String(text).split(".")[1] || "").length;

function changeBy(stepper, direction) {
  const input = $("input", stepper), step = Number(input.dataset.stepBy) || 1, min = Number(input.dataset.min) || 0, max = Number(input.dataset.max) || Infinity;
  const value = Math.min(max, Math.max(min, (parseAmount(input) || 0) + direction * step));
  input.value = value.toFixed(Math.max(countDecimals(step), countDecimals(input.dataset.min)));
  input.dispatchEvent(new Event("input", { bubbles: true }));
  input.dispatchEvent(new Event("change", { bubbles: true }));
}
delegate("click", "[data-step]", (event, button) => changeBy(button.closest("[data-stepper]"), Number(button.dataset.step)));
delegate("keydown", "[data-stepper] input", (event, input) => {
  const direction = { ArrowUp: 1, ArrowDown: -1 }[event.key];
  if (direction) { event.preventDefault(); changeBy(input.closest("[data-stepper]"), direction); }
});

function formatMoney(minor, currency) {
  const locale = document.documentElement.lang;
  const format = new Intl.NumberFormat(locale, { style: "currency", currency, currencyDisplay: "narrowSymbol" });
  return format.format(minor / 10 ** format.resolvedOptions().maximumFractionDigits);
}

function updateTotal(quantity) {
  const list = $("[data-price-tiers]");
  if (!list) return;
  const tiers = $$("li", list), active = tiers.filter((tier) => Number(tier.dataset.from) <= quantity).pop() || tiers[0];
  tiers.forEach((tier) => tier.classList.toggle("is-on", tier === active));
  const total = $("[data-total]"), minor = Number(active.dataset.minor);
  if (total && minor) total.textContent = formatMoney(Math.round(minor * quantity), total.dataset.currency);
}
delegate("input", "[data-stepper] input", (event, input) => {
  const unit = $("[data-singular]", input.closest(".quantity"));
  if (unit) unit.textContent = parseAmount(input) === 1 ? unit.dataset.singular : unit.dataset.plural;
});
delegate("input", "[data-stepper] input", (event, input) => { if (input.name === "quantity" && parseAmount(input) > 0) updateTotal(parseAmount(input)); });
// After the product was added to the cart, an earlier error of the quantity is removed.
delegate("cart:changed", "form", (event, form) => $$(".quantity", form).forEach((quantity) => {
  $("input", quantity).removeAttribute("aria-invalid");
  $(".stepper", quantity).classList.remove("is-bad");
  $(".message", quantity)?.remove();
}));

const THUMBNAILS = "[data-gallery-thumb], [data-gallery-video]";
delegate("click", THUMBNAILS, (event, thumbnail) => {
  const gallery = thumbnail.closest("[data-gallery]"), video = $("video", gallery), main = $("[data-gallery-main]", gallery), isVideo = thumbnail.matches("[data-gallery-video]");
  event.preventDefault();
  gallery.classList.toggle("is-video", isVideo);
  if (isVideo && event.isTrusted) video.play().catch(() => {}); // the arrow keys select the video without playing it
  if (!isVideo) {
    video?.pause();
    $("img", main).src = thumbnail.dataset.galleryThumb;
    main.href = $(".zoomed", gallery).src = thumbnail.href;
  }
  $$(THUMBNAILS, gallery).forEach((other) => other.toggleAttribute("aria-current", other === thumbnail));
  thumbnail.setAttribute("aria-current", "true");
});
delegate("keydown", "[data-gallery]", (event, gallery) => {
  if (event.target.closest("video")) return; // inside the video, the arrow keys seek
  const thumbnails = $$(THUMBNAILS, gallery), position = thumbnails.findIndex((thumbnail) => thumbnail.hasAttribute("aria-current"));
  const next = { ArrowRight: position + 1, ArrowLeft: position - 1 }[event.key];
  if (next !== undefined) thumbnails[next]?.click();
});

// Countdowns: <time data-until="2026-11-22T18:00:00Z" data-expired-text="…">; the text around comes from the server, only the remaining time is updated.
function updateCountdowns() {
  $$("[data-until]").forEach((countdown) => {
    const seconds = Math.floor((new Date(countdown.dataset.until) - Date.now()) / 1000);
    if (seconds <= 0) { countdown.textContent = countdown.dataset.expiredText; countdown.removeAttribute("data-until"); return; }
    const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map((n) => String(n).padStart(2, "0"));
    countdown.textContent = h === "00" ? `${m}:${s}` : `${h}:${m}:${s}`;
  });
}
let countdownTimer = 0;
onContent((root) => { if (!countdownTimer && $("[data-until]", root)) { updateCountdowns(); countdownTimer = setInterval(updateCountdowns, 1000); } });
