// The keys of the open mail: each presses the button that shows it.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  if (!/^[0-9]$/.test(event.key)) return;
  document.querySelector(`#verdict [data-key="${event.key}"]`)?.click();
});
