// Opening a mail beside the list, going on to the next, and closing it. htmx fetches it and keeps
// the history.
(() => {
  const pane = document.getElementById("pane");
  const list = document.getElementById("mails");
  const narrow = matchMedia("(width < 64rem)");
  let opened = pane.querySelector(".mail")?.dataset.id;
  let going = opened; // the mail that was asked for last

  function markOpened() {
    opened = pane.querySelector(".mail")?.dataset.id;
    for (const link of list.querySelectorAll("a[aria-current]")) link.removeAttribute("aria-current");
    linkTo(opened)?.setAttribute("aria-current", "true");
    showWays();
  }

  function linkTo(id) {
    return document.querySelector(`#event-${id} a`);
  }

  // From the mail that is on its way, if one is: so that a quick hand leaves none out.
  function neighbour(step) {
    const links = [...list.querySelectorAll(".row-subject")];
    const here = links.indexOf(linkTo(going));
    return here < 0 ? undefined : links[here + step];
  }

  function showWays() {
    for (const way of pane.querySelectorAll("[data-step]")) way.disabled = !neighbour(Number(way.dataset.step));
  }

  document.body.addEventListener("htmx:confirm", ({ detail }) => {
    if (detail.target === pane) going = detail.elt.closest(".row")?.dataset.id;
  });
  document.body.addEventListener("htmx:sendError", () => (going = opened));
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== pane) return;
    const closed = opened;
    pane.scrollTop = 0;
    markOpened();
    if (opened) linkTo(opened)?.scrollIntoView({ block: "nearest" });
    else linkTo(closed)?.focus({ preventScroll: true });
    if (opened && narrow.matches) pane.focus();
    else if (document.activeElement.matches(".row-subject")) linkTo(opened)?.focus({ preventScroll: true }); // or Enter would open the last one again
  });
  document.body.addEventListener("htmx:historyRestore", () => {
    going = pane.querySelector(".mail")?.dataset.id;
    markOpened();
  });
  new MutationObserver(showWays).observe(list, { childList: true });
  pane.addEventListener("click", (event) => {
    const way = event.target.closest("[data-step]");
    if (way) neighbour(Number(way.dataset.step))?.click();
  });
  // What says more on hover lies above the link that covers a row; a click there opens it too.
  list.addEventListener("click", (event) => {
    if (!event.target.closest("a, label")) event.target.closest(".row")?.querySelector("a").click();
  });
  showWays();
})();
