// Makes the month one tab stop with arrow keys, after the grid pattern of the ARIA Authoring
// Practices: https://www.w3.org/WAI/ARIA/apg/patterns/grid/. Without this module each day is a link.
const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
const DAYS = 7;

const grid = () => document.querySelector("[data-month]");
const dayLinks = () => [...grid().querySelectorAll(".day-number")];
const turn = (way) => document.getElementById(`turn-${way}`);
const cellOf = (element) => element.closest("td");

// Only the active cell's links are tab stops: Tab moves through its events, then out of the grid.
const activate = (link) => {
  for (const each of grid().querySelectorAll("td a")) each.tabIndex = -1;
  for (const each of cellOf(link).querySelectorAll("a")) each.tabIndex = 0;
};

const moveTo = (link) => {
  activate(link);
  link.focus();
};

const target = (links, at, event) => {
  if (event.key in STEPS) return at + STEPS[event.key];
  if (event.key === "Home") return at - (at % DAYS);
  if (event.key === "End") return at - (at % DAYS) + DAYS - 1;
  return null;
};

const turnPage = (way) => {
  focusAfterTurn = true;
  turn(way).click();
};

let focusAfterTurn = false;

const onKey = (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key === "PageUp" || event.key === "PageDown") {
    event.preventDefault();
    turnPage(event.key === "PageUp" ? "previous" : "next");
    return;
  }
  const links = dayLinks();
  const at = links.indexOf(cellOf(event.target)?.querySelector(".day-number"));
  const to = target(links, at, event);
  if (at < 0 || to === null) return;
  event.preventDefault();
  if (to < 0) turnPage("previous");
  else if (to >= links.length) turnPage("next");
  else moveTo(links[to]);
};

const chosenLink = () =>
  grid().querySelector(".is-chosen .day-number") ?? grid().querySelector(".day-number");

const prepare = () => {
  if (!grid() || grid().hasAttribute("role")) return;
  grid().setAttribute("role", "grid");
  grid().addEventListener("keydown", onKey);
  const focused = document.activeElement?.closest("[data-month] td");
  activate(focused?.querySelector(".day-number") ?? chosenLink());
  if (focusAfterTurn) moveTo(chosenLink());
  focusAfterTurn = false;
};

const announce = () => {
  const title = document.getElementById("view-title")?.textContent.trim();
  const place = document.getElementById("announcement");
  if (title && place && place.textContent !== title) place.textContent = title;
};

prepare();
document.body.addEventListener("htmx:afterSettle", () => {
  prepare();
  announce();
});
