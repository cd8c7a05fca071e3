// What went wrong stays on top of the page until something goes right.
(() => {
  const notice = document.getElementById("notice");

  document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.xhr.status && detail.xhr.status < 400) notice.replaceChildren();
  });
  document.body.addEventListener("htmx:sendError", () => {
    const told = document.createElement("p");
    told.className = "alarm bad";
    told.textContent = notice.dataset.lost;
    notice.replaceChildren(told);
  });
})();
