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
