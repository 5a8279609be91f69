// Makes the month one tab stop with arrow keys, after the grid pattern of the ARIA Authoring
// Practices: https://www.w3.org/WAI/ARIA/apg/patterns/grid/. Opens a day's list beside its "+n", and
// on phones from its cell. Without this module each of them is a link to the day.
const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
const DAYS = 7;

const grid = () => document.querySelector("[data-month]");
const dayLinks = () => [...grid().querySelectorAll(".day-number")];
const turn = (way) => document.getElementById(`turn-${way}`);
const cellOf = (element) => element.closest("td");

// Only the active cell's links are tab stops: Tab moves through its events, then out of the grid.
const activate = (link) => {
  for (const each of grid().querySelectorAll("td a")) each.tabIndex = -1;
  for (const each of cellOf(link).querySelectorAll("a:not(.slot)")) each.tabIndex = 0;
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
  document.getElementById(`day-${grid().dataset.month}`) ?? grid().querySelector(".day-number");

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

// --- The list of a day ---
const isPhone = matchMedia("(width < 48rem)");

const listBox = () => {
  const found = document.getElementById("day-list");
  if (found) return found;
  const box = document.createElement("section");
  box.id = "day-list";
  box.className = "day-list";
  box.popover = "auto";
  box.setAttribute("aria-labelledby", "day-list-title");
  document.body.append(box);
  return box;
};

// Beside the cell, within the window; on phones the sheet has its own place.
const place = (box, cell) => {
  if (isPhone.matches) return box.removeAttribute("style");
  const { left, right, top } = cell.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = box;
  const beside = right + width + 8 < innerWidth ? right + 4 : Math.max(8, left - width - 4);
  box.style.left = `${beside}px`;
  box.style.top = `${Math.max(8, Math.min(top, innerHeight - height - 8))}px`;
};

const openList = async (link) => {
  const box = listBox();
  await htmx.ajax("GET", `${new URL(link.href).pathname}list/`, { target: box, swap: "innerHTML" });
  box.showPopover();
  place(box, cellOf(link));
  box.querySelector("a")?.focus({ preventScroll: true });
};

document.addEventListener(
  "click",
  (event) => {
    const link = event.target.closest?.("[data-month] :is(.more, .day-number)");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (link.matches(".day-number") && !isPhone.matches) return;
    event.preventDefault();
    event.stopPropagation();
    openList(link);
  },
  true,
);

prepare();
document.body.addEventListener("htmx:afterSettle", () => {
  prepare();
  announce();
});
