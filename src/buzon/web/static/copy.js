// What is shown once is copied by a button, where the browser lets a page do that: over https, or on
// the machine itself. Elsewhere one press selects all of it.
for (const button of document.querySelectorAll(".copy")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.previousElementSibling.textContent);
    button.textContent = button.dataset.done;
  });
}
