// Asks before a form with unsaved input is left. A refused form, which comes back with its input,
// counts as unsaved from the start. Without this module the browser doesn't ask.
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
