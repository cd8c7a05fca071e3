// After what a person did to the open mail: on to the next one.
(() => {
  // The page may hear of what was done before its own request has ended, and put the new buttons in
  // the place of those that were pressed. What ends then reaches nothing but its request.
  document.body.addEventListener("htmx:beforeRequest", ({ detail }) => {
    const { elt, verb } = detail.requestConfig;
    if (verb !== "post" || !elt.closest("#verdict, #done")) return;
    detail.xhr.addEventListener("loadend", () => goOn(elt, detail.xhr.status));
  });

  // Who works by key goes on by itself; in the review everybody does.
  function goOn(elt, status) {
    const pane = document.getElementById("pane");
    const byKey = "byKey" in pane.dataset;
    delete pane.dataset.byKey;
    if (!status || status >= 400 || elt.matches(".take-back")) return;
    if (pane.dataset.goOn) htmx.ajax("GET", pane.dataset.goOn, { source: "#review", target: "#review", select: "#review", swap: "outerHTML" });
    else if (byKey) document.querySelector('#pane [data-step="1"]:not(:disabled)')?.click();
  }
})();
