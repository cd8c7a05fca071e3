// What went wrong stays on top of the page until something goes right.
document.body.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.xhr.status < 400) document.getElementById("notice").replaceChildren();
});
