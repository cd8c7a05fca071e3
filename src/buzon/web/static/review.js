// While somebody looks at a mail it stays theirs, and the page says so where it is no longer; what
// waits and how far one is follow what happens. Who leaves gives the mail back.
(() => {
  const EVERY = 20_000; // less than the server leaves a mail that was given back to whoever has it
  const PAUSE = 1_000;

  let soon = 0;

  const held = () => document.querySelector("#held[data-mail]");

  function look() {
    soon = 0;
    if (document.hidden) return;
    if (held()) htmx.trigger(held(), "hold");
    else if (!document.querySelector(".mail")) htmx.ajax("GET", "/review", { source: "#review", target: "#review", select: "#review", swap: "outerHTML" });
  }

  function hear(html) {
    const mail = document.querySelector(".mail");
    if (rowsOf(html).some((row) => row.dataset.id === mail?.dataset.id)) htmx.trigger(mail, "changed");
    soon ||= setTimeout(look, PAUSE);
  }

  function giveBack() {
    if (held()) navigator.sendBeacon(`/review/${held().dataset.mail}/give-back`);
  }

  setInterval(() => held() && look(), EVERY);
  document.addEventListener("visibilitychange", look);
  window.addEventListener("pageshow", look);
  window.addEventListener("pagehide", giveBack);
  follow("/live?review=1", { newest() {}, rows: hear, others: hear, status: showStatus });
})();
