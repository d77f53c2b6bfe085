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
