// Forms: warn before unsaved input is lost, confirm destructive actions, prevent double submits, preview files, rate passwords.
const isField = (element) => element.matches("input:not([type=hidden]), textarea, select");

let unsavedForm = null;
delegate("input", "form[data-warn-unsaved]", (event, form) => { if (isField(event.target)) unsavedForm = form; });
delegate("submit", "form", (event, form) => { if (!event.defaultPrevented) unsavedForm = form === unsavedForm ? null : unsavedForm; });
window.addEventListener("beforeunload", (event) => { if (unsavedForm?.isConnected) event.preventDefault(); });

// An action that cannot be undone is confirmed once, in a dialog that describes it.
function confirmSubmit(button) {
  const labels = $("#toasts").dataset, no = createElement("button", { class: "button", value: "" }, labels.no), yes = createElement("button", { class: "button is-danger", value: "yes" }, labels.yes);
  const dialog = createElement("dialog", { "aria-label": labels.yes }, createElement("div", { class: "content" }, button.dataset.confirm), createElement("form", { method: "dialog", class: "dialog-actions" }, no, yes));
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (dialog.returnValue !== "yes") return;
    button.dataset.confirmed = "yes";
    button.form.requestSubmit(button);
    delete button.dataset.confirmed;
  });
  document.body.append(dialog);
  dialog.showModal();
}

// A second click while a slow form is sent does not send it twice.
delegate("submit", "form[method=post]", (event, form) => {
  if (form.hasAttribute("hx-post") || form.method === "dialog") return;
  const button = event.submitter;
  if (form.dataset.sent) { event.preventDefault(); return; }
  if (button?.dataset.confirm && !button.dataset.confirmed) { event.preventDefault(); confirmSubmit(button); return; }
  form.dataset.sent = "yes";
  button?.classList.add("is-busy");
  setTimeout(() => { delete form.dataset.sent; button?.classList.remove("is-busy"); }, 8000);
});
window.addEventListener("pageshow", () => $$("form[data-sent]").forEach((form) => { delete form.dataset.sent; $$(".is-busy", form).forEach((button) => button.classList.remove("is-busy")); }));

onContent((root) => $("[data-autofocus]", root)?.focus());
delegate("change", "form[data-auto-submit]", (event, form) => { if (!form.hasAttribute("hx-get")) form.requestSubmit(); });

delegate("click", "[data-toggle-password]", (event, button) => {
  const input = document.getElementById(button.dataset.togglePassword), isShown = input.type === "text";
  input.type = isShown ? "password" : "text";
  button.setAttribute("aria-pressed", String(!isShown));
  button.replaceChildren(icon(isShown ? "eye" : "eye-off"));
});

// A rough estimate for display only; the server decides by its own rules.
function passwordStrength(text) {
  if (text.length < 10) return 0;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^a-zA-Z\d]/].filter((kind) => kind.test(text)).length;
  const variety = new Set(text).size;
  return Math.min(4, 1 + (variety > 6) + (text.length > 13 && variety > 8) + (kinds > 2 || text.length > 18 ? 1 : 0));
}
delegate("input", "[data-strength]", (event, input) => {
  const output = document.getElementById(input.dataset.strength), score = passwordStrength(input.value);
  output.hidden = !input.value;
  $("meter", output).value = score;
  $("span", output).textContent = JSON.parse(output.dataset.messages)[score];
});

// Drawn on a canvas, because the content security policy blocks blob: images. A file that is not an image is shown by its name only.
async function drawPreview(canvas, file) {
  try {
    const bitmap = await createImageBitmap(file), side = Math.min(bitmap.width, bitmap.height);
    canvas.getContext("2d").drawImage(bitmap, (bitmap.width - side) / 2, (bitmap.height - side) / 2, side, side, 0, 0, 200, 200);
  } catch { canvas.remove(); }
}
const formatBytes = (bytes) => (bytes > 1048576 ? `${(bytes / 1048576).toFixed(1)} MB` : `${Math.ceil(bytes / 1024)} KB`);
delegate("change", "[data-preview]", (event, input) => {
  const previews = document.getElementById(input.dataset.preview);
  $$(".is-new", previews).forEach((preview) => preview.remove());
  const maxBytes = Number(input.dataset.maxBytes), tooLarge = maxBytes && [...input.files].find((file) => file.size > maxBytes);
  if (tooLarge) { // reported before the upload, which would take minutes
    previews.append(createElement("p", { class: "error is-new", role: "alert" }, `${input.dataset.tooLarge} (${tooLarge.name}, ${formatBytes(tooLarge.size)})`));
    input.value = "";
  }
  [...input.files].forEach((file) => {
    const tile = createElement("span", { class: "upload-tile is-new" });
    if (file.type.startsWith("image/")) {
      const canvas = createElement("canvas", { width: "200", height: "200" });
      tile.append(canvas);
      drawPreview(canvas, file);
    }
    tile.append(createElement("span", { class: "name", title: file.name }, `${file.name} · ${formatBytes(file.size)}`));
    previews.append(tile);
  });
});
["dragenter", "dragover"].forEach((type) => delegate(type, "[data-dropzone]", (event, dropzone) => { event.preventDefault(); dropzone.classList.add("is-over"); }));
["dragleave", "drop"].forEach((type) => delegate(type, "[data-dropzone]", (event, dropzone) => dropzone.classList.remove("is-over")));
delegate("drop", "[data-dropzone]", (event, dropzone) => {
  event.preventDefault();
  const input = $("input[type=file]", dropzone);
  input.files = event.dataTransfer.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
});

// From an error page back to the form with its input: following the link would load an empty form.
delegate("click", "a[data-history-back]", (event) => {
  if (event.metaKey || event.ctrlKey || history.length < 2) return;
  event.preventDefault();
  history.back();
});
