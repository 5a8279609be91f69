// An address that names an entry opens it, also when htmx has swapped the page's part.
const openNamedEntry = () => {
  const id = decodeURIComponent(location.hash.slice(1));
  const details = id && document.getElementById(id)?.closest("details");
  if (!details) return;
  details.open = true;
  details.querySelector("summary").focus();
};

openNamedEntry();
window.addEventListener("hashchange", openNamedEntry);
document.body.addEventListener("htmx:pushedIntoHistory", () => setTimeout(openNamedEntry));

// A part that is refreshed while a sync runs keeps the entries open that were open.
let openBefore = [];
document.body.addEventListener("htmx:beforeSwap", () => {
  openBefore = [...document.querySelectorAll(".entry details[open] [id]")].map(({ id }) => id);
});
document.body.addEventListener("htmx:afterSwap", () => {
  for (const id of openBefore) {
    const details = document.getElementById(id)?.closest("details");
    if (details) details.open = true;
  }
});
