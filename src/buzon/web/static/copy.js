// What is shown once is copied by a button, where the browser lets a page do that: over https, or on
// the machine itself. Elsewhere one press selects all of it.
for (const button of document.querySelectorAll(".copy")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    const secret = button.previousElementSibling;
    try {
      await navigator.clipboard.writeText(secret.textContent);
      button.textContent = button.dataset.done;
    } catch {
      getSelection().selectAllChildren(secret); // the browser doesn't let us after all
    }
  });
}
