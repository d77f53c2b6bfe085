// A response replaces a part of the page while the user works in it: the focus, the open state of folded parts, and the input since the
// request was sent are preserved. Each element of such a part that can have the focus needs an id for this.
const FIELDS = "input[id]:not([type=hidden], [type=file]), select[id], textarea[id]";
const isCheckable = (field) => field.matches("[type=checkbox], [type=radio]");
const fieldValue = (field) => (isCheckable(field) ? field.checked : field.value);
const valuesAtRequest = new WeakMap(); // request → values of the fields when it was sent
const openStates = new Map();
let changedFields = [], toResubmit = [], focusedId = "", selection = [];
document.addEventListener("htmx:beforeRequest", (event) => {
  valuesAtRequest.set(event.detail.xhr, new Map($$(FIELDS).map((field) => [field.id, fieldValue(field)])));
  focusedId = document.activeElement.id; // a button that is disabled during the request loses the focus
});
document.addEventListener("htmx:beforeSwap", (event) => {
  const active = document.activeElement, before = valuesAtRequest.get(event.detail.xhr) || new Map();
  $$("details[data-preserve-open][id]", event.detail.target).forEach((details) => openStates.set(details.id, details.open));
  changedFields = $$(FIELDS).filter((field) => before.has(field.id) && before.get(field.id) !== fieldValue(field)).map((field) => [field.id, fieldValue(field)]);
  if (active !== document.body) focusedId = active.id;
  selection = focusedId && "selectionStart" in active ? [active.selectionStart, active.selectionEnd] : [];
});

const dispatchChange = (field) => field.dispatchEvent(new Event("change", { bubbles: true }));
function refocus() {
  const element = focusedId && document.activeElement === document.body && document.getElementById(focusedId);
  if (element) element.focus({ preventScroll: true });
}
// Restores input that the response could not include. A field that has the focus is submitted when it loses it, every other field as soon
// as the new part has its event listeners.
function restore([id, value]) {
  const field = document.getElementById(id);
  if (!field || fieldValue(field) === value) return;
  field[isCheckable(field) ? "checked" : "value"] = value;
  if (field !== document.activeElement || isCheckable(field) || field.matches("select")) { toResubmit.push(field); return; }
  if (Number.isInteger(selection[0])) field.setSelectionRange(...selection);
  const listeners = new AbortController();
  field.addEventListener("change", () => listeners.abort(), { signal: listeners.signal });
  field.addEventListener("blur", () => { listeners.abort(); dispatchChange(field); }, { signal: listeners.signal });
}
document.addEventListener("htmx:afterSwap", () => {
  refocus();
  const fields = changedFields;
  changedFields = [];
  fields.forEach(restore);
});
document.addEventListener("htmx:afterSettle", () => {
  openStates.forEach((open, id) => { const details = document.getElementById(id); if (details) details.open = open; });
  openStates.clear();
  refocus();
  toResubmit.splice(0).forEach(dispatchChange);
});
document.addEventListener("htmx:afterRequest", () => setTimeout(refocus));
