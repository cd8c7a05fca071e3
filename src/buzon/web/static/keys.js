// Each key presses the button or link that shows it. While no mail is open, j and k move in the list.
(() => {
  const STEPS = { j: 1, k: -1 };

  document.addEventListener("keydown", (event) => {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.ctrlKey || event.metaKey || event.altKey || (event.repeat && !STEPS[key])) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    if (key !== "?" && document.querySelector(":popover-open")) return;
    const bearer = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (bearer) press(bearer);
    else if (STEPS[key]) move(STEPS[key]);
  });

  // While the next mail is on its way, no key may label the one that is still there.
  function press(bearer) {
    const leaving = document.querySelector(".row-subject.htmx-request");
    if (!leaving || !bearer.closest("#verdict, #decided")) bearer.click();
  }

  function move(step) {
    const links = [...document.querySelectorAll("#mails .row-subject, #older:not([hidden])")];
    const here = links.indexOf(document.activeElement);
    links[here < 0 ? 0 : here + step]?.focus();
  }
})();
