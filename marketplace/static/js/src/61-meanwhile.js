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
