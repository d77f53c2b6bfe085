// Repeatable rows (the editor of price tiers) and the dependent selects province → city → district.
function renumberRow(row, number) {
  $$("[name]", row).forEach((input) => { for (const attribute of ["name", "id"]) input[attribute] = input[attribute].replace(/-\d+-/, `-${number}-`); });
}
delegate("click", "[data-row-add]", (event, button) => {
  const body = $(`[data-rows="${button.dataset.rowAdd}"] tbody`), row = body.lastElementChild.cloneNode(true);
  $$("input", row).forEach((input) => { input.value = ""; input.removeAttribute("aria-invalid"); });
  $$(".error", row).forEach((error) => error.remove());
  renumberRow(row, Math.max(...$$("input", body).map((input) => Number(input.name.match(/-(\d+)-/)[1]))) + 1);
  body.append(row);
  $("input", row).focus();
});
delegate("click", "[data-row-remove]", (event, button) => {
  const row = button.closest("tr"), body = row.parentElement;
  if (body.children.length > 1) { row.remove(); } else { $$("input", row).forEach((input) => { input.value = ""; }); }
  body.closest("form")?.dispatchEvent(new Event("input", { bubbles: true }));
});

const clearOptions = (select) => select.replaceChildren(select.options[0]);
delegate("change", "[data-regions-url] select", async (event, select) => {
  const selects = $$("select", select.closest("[data-regions-url]")), level = selects.indexOf(select), next = selects[level + 1];
  selects.slice(level + 1).forEach(clearOptions);
  if (!next || !select.value) return;
  const url = new URL(select.closest("[data-regions-url]").dataset.regionsUrl, location.href);
  url.searchParams.set("parent", select.value);
  next.disabled = true;
  try {
    const response = await fetch(url, { headers: { Accept: "application/json" } });
    if (!response.ok) throw new Error(String(response.status));
    (await response.json()).forEach((region) => next.append(new Option(region.name, region.code)));
  } catch {
    document.dispatchEvent(new CustomEvent("toast", { detail: { text: $("#toasts").dataset.networkMessage, tone: "bad" } }));
  }
  next.disabled = false;
});
