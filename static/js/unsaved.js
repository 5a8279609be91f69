// Leaving a form with unsaved input asks first. A page that came back with what was typed, because it
// was refused, is unsaved from the beginning. Without this module the browser leaves as it always does.
for (const form of document.querySelectorAll("form[data-unsaved]")) {
  const mark = (state) => {
    form.dataset.unsaved = state;
  };
  form.addEventListener("input", () => mark("yes"));
  form.addEventListener("submit", () => mark("no"));
}

addEventListener("beforeunload", (event) => {
  if (document.querySelector('form[data-unsaved="yes"]')) event.preventDefault();
});
