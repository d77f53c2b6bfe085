// htmx: add the CSRF token to requests, report errors, and mark a part as waiting when its response takes more than 300 ms.
const announceError = (text) => document.dispatchEvent(new CustomEvent("toast", { detail: { text, tone: "bad" } }));
const csrfToken = () => $("meta[name=csrf-token]")?.content || "";

document.addEventListener("htmx:configRequest", (event) => { event.detail.headers["X-CSRFToken"] = csrfToken(); });

// Keyed by request, not by target: a response may be swapped into another target than requested (HX-Retarget).
const pendingRequests = new WeakMap();
document.addEventListener("htmx:beforeRequest", (event) => {
  const { target, xhr } = event.detail;
  if (target.id === "job-indicator") return;
  const timer = setTimeout(() => { target.classList.add("is-waiting"); target.setAttribute("aria-busy", "true"); }, 300);
  pendingRequests.set(xhr, { target, timer });
});
document.addEventListener("htmx:afterRequest", (event) => {
  const { target, timer } = pendingRequests.get(event.detail.xhr) || {};
  if (!target) return;
  clearTimeout(timer);
  target.classList.remove("is-waiting");
  target.removeAttribute("aria-busy");
});

// An error response with content of its own is shown: a form with errors at its fields (422), or a toast (HX-Retarget: #toasts).
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (xhr.status === 422 || xhr.getResponseHeader("HX-Retarget")) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});
document.addEventListener("htmx:responseError", (event) => {
  if (!event.detail.xhr.getResponseHeader("HX-Retarget")) announceError($("#toasts").dataset.rejectedMessage);
});
["htmx:sendError", "htmx:timeout"].forEach((type) => document.addEventListener(type, (event) => { if (event.detail.target?.id !== "job-indicator") announceError($("#toasts").dataset.networkMessage); }));
