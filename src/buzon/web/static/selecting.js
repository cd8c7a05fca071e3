// Selecting mails of the list, and what is then done to all of them at once.
(() => {
  const list = document.getElementById("mails");
  const form = document.getElementById("bulk");
  if (!form) return;
  const all = form.elements.all;
  let last = null; // the mail whose box was pressed last

  const boxes = () => [...list.querySelectorAll(".row-select input")];
  const selected = () => boxes().filter((box) => box.checked);

  const boxOf = (id) => boxes().find((box) => box.value === id);

  function show() {
    const ids = selected().map((box) => box.value);
    if (!ids.length && form.contains(document.activeElement)) goBack();
    form.hidden = !ids.length;
    list.classList.toggle("selecting", ids.length > 0);
    form.elements.ids.value = ids.join();
    if (all.disabled) document.getElementById("bulk-count").textContent = ids.length;
  }

  // Who was in the bar that goes away is in the list again, where they left it.
  function goBack() {
    boxOf(last)?.closest(".row").querySelector(".row-subject").focus({ preventScroll: true });
  }

  function selectNone() {
    all.disabled = true;
    for (const box of selected()) box.checked = false;
    show();
  }

  // With Shift, all between the last one and this.
  list.addEventListener("click", (event) => {
    const box = event.target.closest(".row-select input");
    if (!box) return;
    if (event.shiftKey && boxOf(last)) {
      const [from, to] = [boxOf(last), box].map((one) => boxes().indexOf(one)).sort((a, b) => a - b);
      for (const between of boxes().slice(from, to + 1)) between.checked = box.checked;
    }
    last = box.value;
    all.disabled = true;
    show();
  });
  document.getElementById("select-shown").addEventListener("click", () => {
    all.disabled = true;
    for (const box of boxes()) box.checked = true;
    show();
  });
  document.getElementById("select-all").addEventListener("click", () => {
    for (const box of boxes()) box.checked = true;
    all.disabled = false;
    show();
  });
  document.getElementById("select-none").addEventListener("click", selectNone);
  form.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.requestConfig.verb !== "post") return;
    const goesOn = "goOn" in form.dataset;
    delete form.dataset.goOn;
    if (detail.xhr.status >= 400) return;
    selectNone();
    if (goesOn) document.activeElement.closest(".row")?.nextElementSibling?.querySelector(".row-subject").focus();
  });
  new MutationObserver(show).observe(list, { childList: true });
  show();
})();

// An address holds what was asked for, and not what wasn't.
for (const form of document.querySelectorAll("form.search, form.filter")) {
  form.addEventListener("formdata", ({ formData }) => {
    for (const [name, value] of [...formData]) if (!value) formData.delete(name);
  });
}
