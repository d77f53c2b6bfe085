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
