// Moves and resizes of events: shown at once, sent, and put back with the reason if they are refused.
import { clear, draw } from "./ghosts.js";
import * as places from "./places.js";
import { target } from "./question.js";
import { refused, send } from "./sending.js";

const root = document.documentElement;
const facts = new Map();
const DAY = 1440; // minutes
const KEPT_MS = 15_000;

export const refuse = refused;

// While something is held, live updates wait (follow.js).
export const hold = (what) => {
  root.dataset.held = what;
};
export const release = () => {
  delete root.dataset.held;
};

export const address = (chip, part) => {
  const url = new URL(chip.href);
  url.pathname += `${part}/`;
  return url;
};

// The event's times and version, and why it can't be moved: requested when an event is pressed.
export const factsOf = (chip) => {
  const known = facts.get(chip.href);
  if (known) return known;
  const answer = fetch(address(chip, "times"), { headers: { Accept: "application/json" }, cache: "no-store" })
    .then((response) => (response.ok ? response.json() : Promise.reject(response.status)));
  facts.set(chip.href, answer);
  answer.catch(() => {});
  setTimeout(() => facts.delete(chip.href), KEPT_MS);
  return answer;
};

export const lift = (chip) => {
  for (const each of places.piecesOf(chip)) each.classList.add("lifted");
  return {
    title: chip.querySelector(".chip-text")?.textContent ?? "",
    time: chip.querySelector(".chip-time")?.textContent ?? "",
    hue: chip.className.match(/hue-(\d+)/)?.[1],
  };
};

export const putBack = (chip) => {
  for (const each of places.piecesOf(chip)) each.classList.remove("lifted");
};

const moved = ({ start, end }, minutes) => ({ start: places.later(start, minutes), end: places.later(end, minutes) });

// The new times: from the event's own, because a chip may show only a part of it.
export const timesAfter = (event, place, origin, kind) => {
  if (kind === "resize") return { start: event.start, end: places.spanOf(place).end };
  const staysBar = places.monthGrid() || (origin.allDay && (place.allDay || !event.allDay));
  if (staysBar) return moved(event, DAY * (places.dayOf(place) - origin.from));
  if (origin.allDay || place.allDay) return places.spanOf(place); // into the hours, or out of them
  if (places.minuteOf(event.start) !== origin.from) return moved(event, place.from - origin.from);
  const start = places.timeOf(place.from);
  return { ...moved(event, places.minutesBetween(event.start, start)), start };
};

export const carry = async (chip, place, origin, kind) => {
  hold("change");
  const look = { ...lift(chip), pending: true };
  const { allDay } = place;
  draw(place, { ...look, time: allDay ? look.time : places.inWords(places.spanOf(place), false) });
  try {
    const event = await factsOf(chip);
    if (event.why) throw new Error(event.why);
    await submit(chip, event, timesAfter(event, place, origin, kind));
  } catch (error) {
    if (error.message) refused(error.message);
  } finally {
    facts.delete(chip.href);
    clear();
    if (chip.isConnected) putBack(chip);
    release();
  }
};

// Throws why it was refused; nothing to say if the person gave up.
export const submit = async (chip, event, { start, end }) => {
  await send(address(chip, "move").pathname, { start, end, ...(await target(chip, event)) });
};

export const remove = async (chip, event) => send(address(chip, "delete").pathname, await target(chip, event));
