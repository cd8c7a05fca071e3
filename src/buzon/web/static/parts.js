// Parts of an open mail that are asked for anew by themselves.
(() => {
  // What was asked for a mail that has been left since is dropped. Events of what is no longer in
  // the page reach nothing but an extension. A part that was exchanged meanwhile tells nothing
  // of its mail any more, but who asked does. That something failed is told all the same.
  htmx.defineExtension("left", {
    onEvent(name, { detail }) {
      if (name === "htmx:beforeSwap" && detail.target.closest(".mail")?.isConnected === false) detail.shouldSwap = false;
      return name !== "htmx:beforeOnLoad" || detail.xhr.status >= 400 || detail.elt.closest(".mail")?.isConnected !== false;
    },
  });
  // Nor does a part get into another mail by its name; what was unfolded stays so.
  document.body.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
    const part = detail.fragment.firstElementChild;
    if (part.dataset.mail !== detail.target.dataset.mail) detail.shouldSwap = false;
    for (const open of detail.target.querySelectorAll("details[open]")) part.querySelector(`#${open.id}`)?.setAttribute("open", "");
  });
  new ResizeObserver(([top]) => {
    const height = `${top.borderBoxSize[0].blockSize}px`;
    document.documentElement.style.setProperty("--top", height);
  }).observe(document.querySelector(".top"));
})();
