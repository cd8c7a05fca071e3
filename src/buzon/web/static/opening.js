// Opening a mail beside the list, and closing it. htmx fetches it and keeps the history.
(() => {
  const pane = document.getElementById("pane");
  const narrow = matchMedia("(width < 64rem)");

  function markOpened() {
    const opened = pane.querySelector(".mail")?.dataset.id;
    for (const link of document.querySelectorAll("#mails a[aria-current]")) link.removeAttribute("aria-current");
    if (opened) document.querySelector(`#event-${opened} a`)?.setAttribute("aria-current", "true");
    return opened;
  }

  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== pane) return;
    pane.scrollTop = 0;
    if (markOpened() && narrow.matches) pane.focus();
  });
  document.body.addEventListener("htmx:historyRestore", markOpened);
  // What says more on hover lies above the link that covers a row; a click there opens it too.
  document.getElementById("mails").addEventListener("click", (event) => {
    if (!event.target.closest("a")) event.target.closest(".row")?.querySelector("a").click();
  });
  new ResizeObserver(([top]) => {
    const height = `${top.borderBoxSize[0].blockSize}px`;
    document.documentElement.style.setProperty("--top", height);
  }).observe(document.querySelector(".top"));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") pane.querySelector(".close")?.click();
  });
})();
