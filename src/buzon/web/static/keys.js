// Each key presses the button or link that shows it. While no mail is open, j and k move in the list.
(() => {
  const STEPS = { j: 1, k: -1 };
  const list = document.getElementById("mails");

  // Who dictates, or touches keys unawares, has them switched off (WCAG 2.2, 2.1.4).
  const lettersOn = document.getElementById("keys-on");
  lettersOn.checked = localStorage.getItem("keys") !== "off";
  lettersOn.addEventListener("change", () => localStorage.setItem("keys", lettersOn.checked ? "on" : "off"));

  document.addEventListener("keydown", (event) => {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.ctrlKey || event.metaKey || event.altKey || (event.repeat && !STEPS[key])) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]")) {
      if (key === "Escape") event.target.blur();
      return;
    }
    if (key.length === 1 && !lettersOn.checked) return;
    if (key !== "?" && document.querySelector(":popover-open")) return;
    const bearer = key === "Enter" ? confirming(event.target) : (shown(key) ?? forRow(key));
    if (bearer) {
      event.preventDefault();
      press(bearer);
    } else if (STEPS[key]) move(STEPS[key]);
    else if (key === "x") select();
  });

  // Several may bear a key: what is done to the selected mails comes before the open one.
  function shown(key) {
    return [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find((bearer) => !bearer.closest("[hidden]"));
  }

  // A mail that is only chosen in the list is selected for what is done to it, and then comes the next.
  function forRow(key) {
    const row = document.activeElement.closest(".row");
    const bearer = document.querySelector(`#bulk [type=submit][data-key="${CSS.escape(key)}"]`);
    if (!row || !bearer) return null;
    row.querySelector("input").click();
    bearer.form.dataset.goOn = "";
    return bearer;
  }

  // Enter presses what has the focus; where that is nothing, or the mail that is open already, it
  // says that the model is right.
  function confirming(target) {
    if (target.closest("a, button, summary, label, input") && !target.matches('.row-subject[aria-current="true"]')) return null;
    return document.querySelector("#verdict [data-confirm]");
  }

  // While the next mail is on its way, or what was said of this one, no key may do more to it: nobody
  // labels what they have not seen.
  function press(bearer) {
    const leaving = document.querySelector(".row-subject.htmx-request, #review.htmx-request, #verdict .htmx-request, #done.htmx-request");
    if (leaving && bearer.closest("#verdict, #decided, #done")) return;
    if (bearer.closest("#bulk")?.querySelector(".htmx-request")) return;
    if (bearer.matches("input")) bearer.select();
    else bearer.click();
    if (bearer.matches("#verdict .choice:not(.take-back)") || bearer.closest("#done")) document.getElementById("pane").dataset.byKey = "";
  }

  function move(step) {
    const links = [...document.querySelectorAll("#mails .row-subject, #older:not([hidden])")];
    const here = links.indexOf(document.activeElement.closest(".row")?.querySelector(".row-subject") ?? document.activeElement);
    links[here < 0 ? 0 : here + step]?.focus();
  }

  function select() {
    const row = document.activeElement.closest(".row") ?? list?.querySelector(".row:has([aria-current])");
    row?.querySelector("input").click();
  }
})();
