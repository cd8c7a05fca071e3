// The frame of a mail's HTML is as high as what stands in it, up to a bound; and keys pressed in it
// are the page's. Nothing runs within it: all of this is done from here.
(() => {
  const MOST = 12_000; // pixels; what is higher has its own scroll bar

  function fit(frame) {
    const sheet = frame.contentDocument?.documentElement;
    if (!sheet) return;
    frame.style.height = "0";
    const bar = frame.clientHeight - sheet.clientHeight; // of sideways scrolling, where there is one
    frame.style.height = `${Math.min(sheet.scrollHeight + Math.max(bar, 0) + 2, MOST)}px`;
  }

  function take(frame) {
    fit(frame);
    frame.contentDocument?.addEventListener("toggle", () => fit(frame), true);
    frame.contentDocument?.addEventListener("keydown", (event) => {
      frame.dispatchEvent(new KeyboardEvent("keydown", event));
    });
  }

  document.addEventListener("load", ({ target }) => target.matches?.(".sheet") && take(target), true);
  for (const frame of document.querySelectorAll(".sheet")) {
    if (frame.contentDocument?.readyState === "complete") take(frame);
  }
  window.addEventListener("resize", () => document.querySelectorAll(".sheet").forEach(fit));
})();
