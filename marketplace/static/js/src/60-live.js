// htmx: the token goes along, failures are said aloud, slow parts show that they are slow after 300 ms.
const speak = (text) => document.dispatchEvent(new CustomEvent("say", { detail: { text, tone: "bad" } }));
const token = () => $("meta[name=csrf-token]")?.content || "";

document.addEventListener("htmx:configRequest", (event) => { event.detail.headers["X-CSRFToken"] = token(); });

const timers = new WeakMap();
document.addEventListener("htmx:beforeRequest", (event) => {
  const target = event.detail.target;
  if (target.id === "tray") return;
  timers.set(target, setTimeout(() => { target.classList.add("is-waiting"); target.setAttribute("aria-busy", "true"); }, 300));
});
document.addEventListener("htmx:afterRequest", (event) => {
  const target = event.detail.target;
  clearTimeout(timers.get(target));
  target.classList.remove("is-waiting");
  target.removeAttribute("aria-busy");
});

// A refused form comes back as a page of its own with the errors at the fields: 4xx answers that carry a part are shown.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (xhr.status === 422 || (xhr.status === 409 && xhr.getResponseHeader("HX-Reswap"))) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});
document.addEventListener("htmx:responseError", (event) => {
  const said = event.detail.xhr.getResponseHeader("X-Said");
  speak(said ? decodeURIComponent(said) : $("#toasts").dataset.refused);
});
["htmx:sendError", "htmx:timeout"].forEach((type) => document.addEventListener(type, (event) => { if (event.detail.target?.id !== "tray") speak($("#toasts").dataset.failed); }));
