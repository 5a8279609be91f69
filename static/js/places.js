// The places of the grids: which time is at a point, where a span of time is drawn. The server writes
// the time of each hour into its slot's address, so no module computes with time zones.
const STEP = 15; // minutes
const HOUR = 60;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

export const weekGrid = () => document.querySelector("[data-grid]");
export const monthGrid = () => document.querySelector("[data-month]");
const columns = () => [...weekGrid().querySelectorAll(".day-column")];
const cells = () => [...monthGrid().querySelectorAll(".day")];
const slotsOf = (column) => column.querySelector(".slots").children;
const dateOf = (element) => element.querySelector("[id^=day-]").id.slice(4);

export const startOf = (slot) => new URL(slot.href).searchParams.get("start");
export const days = () => (weekGrid() ? columns() : cells()).map(dateOf);

// --- Times as the forms take them: "2026-11-18", or "2026-11-18T09:15", by the reader's clock ---
const parsed = (text) => Date.parse(text.length > 10 ? `${text.slice(0, 16)}Z` : `${text}T00:00Z`);
export const minutesBetween = (from, to) => (parsed(to) - parsed(from)) / MINUTE_MS;
export const daysBetween = (from, to) => Math.round((parsed(to.slice(0, 10)) - parsed(from.slice(0, 10))) / DAY_MS);

export const later = (text, minutes) => {
  const moved = new Date(parsed(text) + minutes * MINUTE_MS).toISOString();
  return moved.slice(0, text.length > 10 ? 16 : 10);
};
export const daysLater = (text, count) => later(text, count * 24 * HOUR);

const DAY = { weekday: "short", day: "numeric", month: "short" };

// By the language, the country and the clock of the reader, as the server writes times.
export const inWords = ({ start, end, allDay }, withDay = true) => {
  const { clock, locale } = document.getElementById("live").dataset;
  const times = clock === "12" ? { hour: "numeric", hourCycle: "h12" } : { hour: "2-digit", hourCycle: "h23" };
  const options = allDay ? DAY : { ...(withDay && DAY), ...times, minute: "2-digit" };
  const format = new Intl.DateTimeFormat(locale, { timeZone: "UTC", ...options });
  return format.formatRange(parsed(start), parsed(allDay ? daysLater(end, -1) : end));
};

// --- A line of minutes over all columns: the first minute of the second column follows the last ---
const length = () => slotsOf(columns()[0]).length * HOUR;
const snapped = (minutes) => Math.round(minutes / STEP) * STEP;
const within = (value, least, most) => Math.max(least, Math.min(value, most));

// Returns the day's number and the minute of the line; above the hours, and in a month, no minute.
export const placeAt = (x, y) => {
  if (monthGrid()) return { day: cellAt(x, y) };
  const all = columns();
  const day = within(all.findLastIndex((each) => each.getBoundingClientRect().left <= x), 0, all.length - 1);
  if (y < weekGrid().querySelector(".roof").getBoundingClientRect().bottom) return { day };
  const { top, height } = all[day].querySelector(".hours").getBoundingClientRect();
  return { day, minute: day * length() + within(((y - top) / height) * length(), 0, length()) };
};

const cellAt = (x, y) => {
  const all = cells();
  const boxes = all.map((each) => each.getBoundingClientRect());
  const inside = boxes.findIndex((box) => x >= box.left && x < box.right && y >= box.top && y < box.bottom);
  if (inside >= 0) return inside;
  const distance = ({ left, right, top, bottom }) =>
    Math.hypot(x - within(x, left, right), y - within(y, top, bottom));
  return boxes.map(distance).reduce((best, each, at, of) => (each < of[best] ? at : best), 0);
};

// The time of a minute of the line. A missing hour leads to the next one that is there.
export const timeOf = (minute) => {
  const all = columns();
  const day = within(Math.floor(minute / length()), 0, all.length - 1);
  const rest = snapped(minute - day * length());
  const slots = slotsOf(all[day]);
  let hour = Math.floor(rest / HOUR);
  let past = rest % HOUR;
  while (slots[hour] && !slots[hour].href) [hour, past] = [hour + 1, 0];
  if (!slots[hour]) return `${daysLater(dateOf(all[day]), 1)}T00:00`;
  const start = startOf(slots[hour]);
  return later(start, past) + start.slice(16); // an offset, where the hour comes twice
};

// The minute of the line for a time; null if its day isn't shown.
export const minuteOf = (time) => {
  const day = days().indexOf(time.slice(0, 10));
  if (day < 0) return null;
  const slots = [...slotsOf(columns()[day])];
  const isHour = (slot) => slot.href && startOf(slot).slice(0, 13) === time.slice(0, 13);
  const isOwn = (slot) => isHour(slot) && startOf(slot).slice(16) === time.slice(16);
  const own = slots.findIndex(isOwn);
  const hour = own < 0 ? slots.findIndex(isHour) : own;
  return day * length() + hour * HOUR + Number(time.slice(14, 16));
};

// --- Where an event is drawn: `from` and `to` are minutes of the line, or days of a bar ---
const number = (item, letter) => Number(item.className.match(`(?:^| )${letter}(\\d+)`)?.[1] ?? 0);
const isBlock = (chip) => chip.matches(".block");

// An event has a chip in each row of the month, and on each day of the week, that it reaches.
const piecesOf = (chip) => {
  const [key] = chip.id.match(/^event-[0-9a-f-]{36}-\d+/);
  return [...document.querySelectorAll(`#live [id^="${key}"]`)];
};

const linesOf = (chip) => {
  const item = chip.parentElement;
  const day = columns().indexOf(chip.closest(".day-column"));
  const from = day * length() + number(item, "h") * HOUR + number(item, "m") * 5;
  return { from, to: from + number(item, "t") * HOUR + number(item, "k") * 5 };
};

const barOf = (chip) => {
  const all = monthGrid() ? cells() : columns();
  const from = all.indexOf(chip.closest(".day, .day-column"));
  return { from, to: from + (number(monthGrid() ? chip : chip.parentElement, "d") || 1), allDay: true };
};

export const drawnOf = (chip) => {
  const pieces = piecesOf(chip).map(isBlock(chip) ? linesOf : barOf);
  const from = Math.min(...pieces.map((each) => each.from));
  return { from, to: Math.max(...pieces.map((each) => each.to)), allDay: !isBlock(chip) };
};

// Where a span of time is drawn; null if none of it is shown.
export const drawnAt = ({ start, end, allDay }) => {
  if (!weekGrid() && !monthGrid()) return null;
  const shown = days();
  const isBar = allDay || monthGrid() || minutesBetween(start, end) >= 24 * HOUR;
  if (isBar) {
    const from = daysBetween(shown[0], start);
    const last = allDay ? daysLater(end, -1) : later(end, end > start ? -1 : 0);
    return { from, to: Math.max(from, daysBetween(shown[0], last)) + 1, allDay: true };
  }
  const from = minuteOf(start);
  return from === null ? null : { from, to: from + Math.max(STEP, minutesBetween(start, end)), allDay: false };
};

export const spanOf = ({ from, to, allDay }) => {
  if (!allDay) return { start: timeOf(from), end: timeOf(to), allDay };
  const shown = days();
  return { start: shown[from], end: daysLater(shown[to - 1], 1), allDay };
};

export const dayOf = ({ from, allDay }) => (allDay ? from : Math.floor(from / length()));
export { STEP, isBlock, piecesOf, snapped };
