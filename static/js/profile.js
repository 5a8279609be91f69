// Doesn't swap a field while the user edits it, and shows the reason for a refused picture.
const REFUSED = [403, 412, 413, 422];

document.body.addEventListener("htmx:beforeSwap", ({ detail, target }) => {
  if (target.id === "avatar" && REFUSED.includes(detail.xhr.status)) {
    detail.shouldSwap = true;
    detail.isError = false;
  }
  if (target.classList.contains("checked") && target.contains(document.activeElement)) {
    detail.shouldSwap = false;
  }
});

// After a conflict of two values, puts the chosen one into its field.
document.body.addEventListener("change", ({ target }) => {
  const field = target.dataset.field && document.getElementById(target.dataset.field);
  if (field) field.value = target.dataset.value;
});
