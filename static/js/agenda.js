// Makes the agenda endless: its links to earlier and later days are followed when they are reached,
// and the place is kept. Without this module they are links.
const agenda = () => document.getElementById("agenda");
const end = (way) => document.getElementById(`agenda-${way}`);
let observer;
let prepared;

const follow = (entries) => {
  for (const { isIntersecting, target } of entries)
    if (isIntersecting && "reach" in target.dataset) htmx.trigger(target, "reached");
};

// The address names all days that are shown, so that a refresh brings them again.
const note = () => {
  const { start } = end("earlier").dataset;
  const days = (Date.parse(end("later").dataset.end) - Date.parse(start)) / 86_400_000;
  if (days > agenda().dataset.most) return;
  const address = location.pathname.replace(/[^/]+(?=\/$)/, start);
  history.replaceState(history.state, "", `${address}?days=${days}`);
};

const prepare = () => {
  if (!agenda()) return;
  if (agenda() !== prepared) {
    prepared = agenda();
    prepared.scrollTop = end("earlier").offsetHeight;
    observer = new IntersectionObserver(follow, {
      root: prepared,
      rootMargin: "-2px 0px 200px", // an edge that touches counts as reached
    });
  }
  observer.disconnect();
  for (const way of ["earlier", "later"]) observer.observe(end(way));
};

let height = 0;
document.body.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
  height = target?.id === "agenda-earlier" ? agenda().scrollHeight : 0;
});
document.body.addEventListener("htmx:afterSwap", ({ detail: { target } }) => {
  if (!target?.id.startsWith("agenda-")) return; // follow.js swaps without naming a target
  if (height) agenda().scrollTop += agenda().scrollHeight - height;
  height = 0; // the event comes for each new element
  note();
});
document.body.addEventListener("htmx:afterSettle", prepare);
prepare();
