// What was just done, with the way to undo it, is told for a while.
(() => {
  const SHOWN = 12_000, LONGER = 60_000; // milliseconds; where many mails were meant, there is more to look at
  let hiding = 0;

  function show() {
    clearTimeout(hiding);
    const toast = document.getElementById("toast");
    if (!toast?.firstElementChild || "open" in toast.dataset) return;
    hiding = setTimeout(leave, "many" in toast.dataset ? LONGER : SHOWN);
  }

  // Not from under whoever is about to press it.
  function leave() {
    const toast = document.getElementById("toast");
    if (toast?.matches(":hover, :focus-within")) hiding = setTimeout(leave, SHOWN);
    else toast?.classList.add("gone");
  }

  new MutationObserver(show).observe(document.getElementById("toasts"), { childList: true });
  show();
})();
