// Toasts: messages of success disappear after six seconds, errors stay until they are closed; the timer pauses during hover and focus.
const container = () => $("#toasts");

function scheduleDismiss(toast) {
  const close = createElement("button", { type: "button", class: "close", "aria-label": container().dataset.close }, icon("close"));
  close.addEventListener("click", () => toast.remove());
  toast.append(close);
  if (toast.dataset.toast === "bad") return;
  let timer;
  const start = () => { timer = setTimeout(() => toast.remove(), 6000); };
  const pause = () => clearTimeout(timer);
  toast.addEventListener("pointerenter", pause); toast.addEventListener("focusin", pause);
  toast.addEventListener("pointerleave", start); toast.addEventListener("focusout", start);
  start();
}

function showToast(text, tone = "good") {
  const toast = createElement("div", { class: tone === "bad" ? "toast is-bad" : "toast", "data-toast": tone }, icon(tone === "bad" ? "warning" : "check-circle"), createElement("div", {}, text));
  container().append(toast);
  scheduleDismiss(toast);
}

onContent((root) => $$("[data-toast]", root).forEach(scheduleDismiss));
// Other parts show a toast by the event `toast` with {text, tone} in its detail; a response of the server by the header HX-Trigger: {"toast": {…}}.
document.addEventListener("toast", (event) => showToast(event.detail.text, event.detail.tone));
delegate("click", "[data-copy]", async (event, button) => {
  await navigator.clipboard.writeText(button.dataset.copy);
  showToast(container().dataset.copied);
});
delegate("click", "[data-print]", () => window.print());
