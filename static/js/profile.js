// A field that its person has come back to is not swapped away under their hands, and a refused
// picture is shown with its reason.
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

// Of two values that collide, the chosen one is seen in its field at once.
document.body.addEventListener("change", ({ target }) => {
  const field = target.dataset.field && document.getElementById(target.dataset.field);
  if (field) field.value = target.dataset.value;
});
