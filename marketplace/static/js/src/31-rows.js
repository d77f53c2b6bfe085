// Rows that grow (the price ladder's editor) and the chain province → city → district.
function number(row, n) {
  $$("[name]", row).forEach((input) => { for (const word of ["name", "id"]) input[word] = input[word].replace(/-\d+-/, `-${n}-`); });
}
on("click", "[data-row-add]", (event, button) => {
  const body = $(`[data-rows="${button.dataset.rowAdd}"] tbody`), row = body.lastElementChild.cloneNode(true);
  $$("input", row).forEach((input) => { input.value = ""; input.removeAttribute("aria-invalid"); });
  $$(".error", row).forEach((error) => error.remove());
  number(row, Math.max(...$$("input", body).map((input) => Number(input.name.match(/-(\d+)-/)[1]))) + 1);
  body.append(row);
  $("input", row).focus();
});
on("click", "[data-row-remove]", (event, button) => {
  const row = button.closest("tr"), body = row.parentElement;
  if (body.children.length > 1) { row.remove(); } else { $$("input", row).forEach((input) => { input.value = ""; }); }
  body.closest("form")?.dispatchEvent(new Event("input", { bubbles: true }));
});

const empty = (select) => select.replaceChildren(select.options[0]);
on("change", "[data-regions-url] select", async (event, select) => {
  const chain = $$("select", select.closest("[data-regions-url]")), at = chain.indexOf(select), next = chain[at + 1];
  chain.slice(at + 1).forEach(empty);
  if (!next || !select.value) return;
  const address = new URL(select.closest("[data-regions-url]").dataset.regionsUrl, location.href);
  address.searchParams.set("parent", select.value);
  next.disabled = true;
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    (await answer.json()).forEach((place) => next.append(new Option(place.name, place.code)));
  } catch {
    document.dispatchEvent(new CustomEvent("say", { detail: { text: $("#toasts").dataset.failed, tone: "bad" } }));
  }
  next.disabled = false;
});
