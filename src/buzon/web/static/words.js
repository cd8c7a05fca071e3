// The words that decided stay switched on from mail to mail, until they are switched off.
(() => {
  const NAME = "buzon-words";

  document.body.addEventListener("click", (event) => {
    const pressed = event.target.closest("#words-switch")?.getAttribute("aria-pressed");
    if (pressed === "false") localStorage.setItem(NAME, "on");
    if (pressed === "true") localStorage.removeItem(NAME);
  });
  document.body.addEventListener("htmx:load", () => {
    if (localStorage.getItem(NAME)) document.querySelector('#words-switch[aria-pressed="false"]:not(.htmx-request)')?.click();
  });
})();
