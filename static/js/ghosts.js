// Draws an event where it will be: while it is dragged, before it is saved, until the page shows it.
import { monthGrid, weekGrid } from "./places.js";

const HOUR = 60;
const WEEK = 7;
let drawn = [];

const slot = (letter, count) => (count ? ` ${letter}${count}` : "");
const placed = (minutes, letters) => slot(letters[0], Math.floor(minutes / HOUR)) + slot(letters[1], Math.floor((minutes % HOUR) / 5));

const element = (name, className) => Object.assign(document.createElement(name), { className });

const chipLike = (look, extra) => {
  const chip = element("span", `chip filled ghost hue-${look.hue} ${extra}${look.pending ? " pending" : ""}`);
  const title = element("span", "chip-text");
  title.textContent = look.title;
  const time = element("span", "chip-time");
  time.textContent = look.time ?? "";
  chip.append(...(extra.startsWith("block") ? [title, " ", time] : [time, title]));
  return chip;
};

const add = (parent, child) => {
  child.setAttribute("aria-hidden", "true");
  parent.append(child);
  drawn.push(child);
};

const drawHours = ({ from, to }, look) => {
  const columns = [...weekGrid().querySelectorAll(".day-column")];
  const length = columns[0].querySelector(".slots").children.length * HOUR;
  columns.forEach((column, day) => {
    const start = Math.max(from - day * length, 0);
    const end = Math.min(to - day * length, length);
    if (start >= end) return;
    const item = element("li", `at${placed(start, "hm")}${placed(Math.max(end - start, 25), "tk")} over`);
    item.append(chipLike(look, end - start < 45 ? "block line" : "block x2"));
    add(column.querySelector(".hours"), item);
  });
};

const laneOf = (column) => {
  const found = column.querySelector(".lane");
  if (found) return found;
  const lane = element("ul", "lane");
  lane.setAttribute("aria-hidden", "true");
  column.querySelector(".slots").before(lane);
  drawn.push(lane);
  return lane;
};

const drawLane = ({ from, to }, look) => {
  const columns = [...weekGrid().querySelectorAll(".day-column")];
  const first = Math.max(from, 0);
  const count = Math.min(to, columns.length) - first;
  if (count < 1) return;
  const item = element("li", `d${count} over`);
  item.append(chipLike(look, ""));
  add(laneOf(columns[first]), item);
};

const drawMonth = ({ from, to }, look) => {
  const cells = [...monthGrid().querySelectorAll(".day")];
  for (let row = 0; row < cells.length; row += WEEK) {
    const first = Math.max(from, row);
    const count = Math.min(to, row + WEEK) - first;
    if (count > 0) add(cells[first], chipLike(look, `l1 d${count}`));
  }
};

export const clear = () => {
  for (const each of drawn) each.remove();
  drawn = [];
};

export const draw = (place, look) => {
  clear();
  if (!place) return;
  if (monthGrid()) drawMonth(place, look);
  else if (!weekGrid()) return;
  else if (place.allDay) drawLane(place, look);
  else drawHours(place, look);
};

export const first = () => drawn.find((each) => each.matches(".over, .ghost"));
