// Writing an answer: variables are offered after two braces, and inserted by their buttons.
(() => {
  const form = document.getElementById("wording");
  const list = document.getElementById("variables");
  const said = document.getElementById("offered");
  const { subject, text } = form.elements;
  let field = text; // the one written in last

  for (const one of [subject, text]) {
    one.addEventListener("focus", () => (field = one));
    one.addEventListener("input", offer);
    one.addEventListener("keydown", choose);
    one.addEventListener("blur", hide);
    one.addEventListener("click", hide);
  }
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
  list.addEventListener("click", (event) => insert(event.target.closest("li")));
  document.querySelector(".variables").addEventListener("click", (event) => insert(event.target.closest("button")));

  // What is half written needs no preview.
  document.querySelector(".answer-preview").addEventListener("htmx:confirm", (event) => {
    if (!list.hidden) event.preventDefault();
  });

  // What stands of a variable before the cursor: braces, and perhaps the beginning of its name.
  function begun() {
    return field.value.slice(0, field.selectionStart).match(/\{\{ *(\w*)$/);
  }

  function offer() {
    const found = begun();
    // By its name, or by a word of what it means: names are English.
    const means = (option) => found[1].length > 2 && option.textContent.toLowerCase().includes(found[1].toLowerCase());
    const fits = (option) => (option.dataset.insert.startsWith(found[1]) || means(option)) && (field === text || "ours" in option.dataset);
    for (const option of list.children) option.hidden = !found || !fits(option);
    const offered = options();
    if (!offered.length) return hide();
    field.parentElement.append(list);
    list.hidden = false;
    mark(offered[0]);
    place(found.index);
    said.textContent = offered.length === 1 ? said.dataset.one : said.dataset.many.replace("#", offered.length);
  }

  function options() {
    return [...list.children].filter((option) => !option.hidden);
  }

  function mark(chosen) {
    for (const option of list.children) option.setAttribute("aria-selected", option === chosen);
    field.setAttribute("aria-activedescendant", chosen.id);
    chosen.scrollIntoView({ block: "nearest" });
  }

  function hide() {
    list.hidden = true;
    said.textContent = "";
    field.removeAttribute("aria-activedescendant");
  }

  function choose(event) {
    if (list.hidden) return;
    const offered = options();
    const here = offered.findIndex((option) => option.getAttribute("aria-selected") === "true");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) mark(offered.at((here + step) % offered.length));
    else if (event.key === "Enter" || event.key === "Tab") insert(offered[here]);
    else if (event.key === "Escape") hide();
    else return;
    event.preventDefault();
  }

  // In place of what was begun, as if it were typed: so that it can be undone, and is previewed.
  function insert(bearer) {
    if (!bearer) return;
    if (!("ours" in bearer.dataset)) field = text;
    const found = begun();
    const rest = found && field.value.slice(field.selectionEnd).match(/^ *\}\}/);
    const start = found ? found.index : field.selectionStart;
    const end = field.selectionEnd + (rest ? rest[0].length : 0);
    field.focus();
    field.setSelectionRange(start, end);
    document.execCommand("insertText", false, `{{ ${bearer.dataset.insert} }}`);
    hide();
  }

  // Below the braces: a copy of the field up to them tells where they stand.
  function place(index) {
    const copy = document.createElement("div");
    const look = getComputedStyle(field);
    for (const name of ["font", "padding", "border", "lineHeight", "letterSpacing", "boxSizing"]) copy.style[name] = look[name];
    Object.assign(copy.style, { position: "absolute", visibility: "hidden", whiteSpace: "pre-wrap", overflowWrap: "break-word", width: `${field.clientWidth}px` });
    const braces = document.createElement("span");
    braces.textContent = "{{";
    copy.append(field.value.slice(0, index), braces);
    field.parentElement.append(copy);
    const top = field.offsetTop + braces.offsetTop - field.scrollTop + braces.offsetHeight;
    const left = Math.min(field.offsetLeft + braces.offsetLeft, field.parentElement.clientWidth - list.offsetWidth);
    list.style.top = `${top}px`;
    list.style.left = `${Math.max(left, 0)}px`;
    copy.remove();
  }

  // What was written and isn't saved is not left by mistake.
  const before = [subject.value, text.value].join("\n");
  let leaving = false;
  form.addEventListener("submit", () => (leaving = true));
  window.addEventListener("beforeunload", (event) => {
    const changed = "unsaved" in form.dataset || [subject.value, text.value].join("\n") !== before;
    if (changed && !leaving) event.preventDefault();
  });
})();
