// The grid of hours: opens at the present, moves the line of the present each minute, and is one tab
// stop with arrow keys, after the grid pattern of the ARIA Authoring Practices:
// https://www.w3.org/WAI/ARIA/apg/patterns/grid/. Without this module each day and event is a link.
const grid = () => document.querySelector("[data-grid]");
const columns = () => [...grid().querySelectorAll(".day-column")];
const columnOf = (element) => element.closest(".day-column");
const LINKS = "a:not(.slot, .slots a)"; // empty places are for pointers
const stopsOf = (column) => [...column.querySelectorAll(LINKS)];
const turn = (way) => document.getElementById(`turn-${way}`);

// --- Where the page opens, and where it stays when it is turned or replaced ---
let place = null;

const remember = () => {
  const shown = grid();
  if (!shown) return (place = null);
  const { scrollTop, scrollLeft } = shown;
  place = { scrollTop, scrollLeft, on: shown.dataset.grid, days: columns().length };
};

const openDown = () => {
  const { top } = grid().querySelector(".start").getBoundingClientRect();
  grid().scrollTop += top - grid().getBoundingClientRect().top - grid().clientHeight / 4;
};

const openAcross = () => {
  const { left } = columnOf(grid().querySelector(".start")).getBoundingClientRect();
  const { right } = grid().querySelector(".gutter").getBoundingClientRect();
  grid().scrollLeft += left - right;
};

const restore = () => {
  const { grid: on } = grid().dataset;
  if (place) grid().scrollTop = place.scrollTop;
  else openDown();
  if (place?.on === on) grid().scrollLeft = place.scrollLeft;
  else if (place?.days !== columns().length || grid().querySelector(".now")) openAcross();
  else grid().scrollLeft = on < place.on ? grid().scrollWidth : 0;
};

// --- The line of the present ---
const MINUTE = 60_000;
const drawnAt = new WeakMap();

const heightOf = (line) => {
  if (!drawnAt.has(line)) drawnAt.set(line, Date.now());
  const begun = Number(line.dataset.minutes);
  let minutes = begun + (Date.now() - drawnAt.get(line)) / MINUTE;
  for (const band of line.dataset.bands.split(" ").filter(Boolean)) {
    const [from, to] = band.split("-").map(Number);
    if (begun <= from && minutes >= from) minutes += to - from;
  }
  return minutes;
};

const moveLine = () => {
  const line = grid()?.querySelector(".now");
  if (!line) return;
  const minutes = heightOf(line);
  const end = Number(line.dataset.end);
  line.style.setProperty("inset-block-start", `${(100 * minutes) / end}%`);
  for (const item of line.parentElement.querySelectorAll("li:has(.block):not(:has(.past))")) {
    const isOver = item.offsetTop + item.offsetHeight <= line.offsetTop;
    if (isOver && !item.querySelector(".continued-right")) item.firstChild.classList.add("past");
  }
  if (minutes >= end) htmx.ajax("GET", location.href, { target: "#live", swap: "outerHTML" });
};

// --- Keys ---
const activate = (stop) => {
  for (const each of grid().querySelectorAll(`.day-column ${LINKS}`)) each.tabIndex = each === stop ? 0 : -1;
};

const moveTo = (stop) => {
  activate(stop);
  stop.focus({ preventScroll: true });
  stop.scrollIntoView({ block: "nearest", inline: "nearest" });
};

const middle = (element) => {
  const { top, height } = element.getBoundingClientRect();
  return top + height / 2;
};

// The event of another day that is nearest in time; from a day's head, the other day's head.
const beside = (stop, column) => {
  const stops = stopsOf(column);
  const isAmongHours = (each) => each.closest(".hours");
  if (!isAmongHours(stop)) return stops[0];
  const events = stops.filter(isAmongHours);
  const distance = (each) => Math.abs(middle(each) - middle(stop));
  return events.toSorted((one, other) => distance(one) - distance(other))[0] ?? stops[0];
};

const SIDEWAYS = { ArrowLeft: -1, ArrowRight: 1 };
const ALONG = { ArrowUp: -1, ArrowDown: 1 };
let focusAfterTurn = "";

const turnPage = (way, end) => {
  focusAfterTurn = end ?? "same";
  turn(way).click();
};

const goSideways = (stop, step) => {
  const all = columns();
  const to = all.indexOf(columnOf(stop)) + step;
  if (to < 0) turnPage("previous", "last");
  else if (to >= all.length) turnPage("next", "first");
  else moveTo(beside(stop, all[to]));
};

const onKey = (event) => {
  const { key, target, altKey, ctrlKey, metaKey } = event;
  const stop = target.closest(".day-column a");
  if (altKey || ctrlKey || metaKey || !stop) return;
  const stops = stopsOf(columnOf(stop));
  if (key === "PageUp" || key === "PageDown") turnPage(key === "PageUp" ? "previous" : "next");
  else if (key in SIDEWAYS) goSideways(stop, SIDEWAYS[key]);
  else if (key in ALONG) moveTo(stops[stops.indexOf(stop) + ALONG[key]] ?? stop);
  else if (key === "Home") moveTo(stopsOf(columns()[0])[0]);
  else if (key === "End") moveTo(stopsOf(columns().at(-1))[0]);
  else return;
  event.preventDefault();
};

const headOf = (end) => {
  const all = columns();
  const chosen = grid().querySelector(".start").closest(".day-column");
  return stopsOf({ first: all[0], last: all.at(-1) }[end] ?? chosen)[0];
};

const prepare = () => {
  if (!grid() || grid().dataset.ready) return;
  grid().dataset.ready = "";
  grid().addEventListener("keydown", onKey);
  grid().addEventListener("focusin", ({ target }) => target.matches(".day-column a") && activate(target));
  grid().addEventListener("scroll", remember, { passive: true });
  restore();
  moveLine();
  activate(document.activeElement.closest(".day-column a") ?? headOf());
  if (focusAfterTurn) moveTo(headOf(focusAfterTurn));
  focusAfterTurn = "";
};

prepare();
document.body.addEventListener("htmx:beforeSwap", remember);
document.body.addEventListener("htmx:afterSwap", prepare);
setInterval(moveLine, MINUTE);
document.addEventListener("visibilitychange", moveLine);
