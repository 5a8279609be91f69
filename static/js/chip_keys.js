// The keys of the focused event: Shift and arrows move it, + and - make it longer and shorter. Presses
// in a row are one change, which is sent when they have ended; Esc gives it up.
import { clear, draw } from "./ghosts.js";
import { address, factsOf, hold, lift, putBack, release, remove, submit } from "./moving.js";
import * as places from "./places.js";
import { refused } from "./sending.js";

const REST_MS = 900; // after the last press
const STEP = 15;
const DAY = 1440;
const STEPS = { ArrowUp: -STEP, ArrowDown: STEP, ArrowLeft: -DAY, ArrowRight: DAY };
const GROWTH = { "+": 1, "*": 1, "-": -1 }; // Shift with + is * on some keyboards

let turn = null; // the change that is going on

const announce = (words) => {
  document.getElementById("announcement").textContent = words;
};

const timesOf = ({ event, minutes, growth }) => {
  const { allDay } = event;
  const unit = allDay ? DAY : STEP;
  const start = places.later(event.start, minutes);
  const length = Math.max(places.minutesBetween(event.start, event.end) + growth * unit, unit);
  return { start, end: places.later(start, length), allDay };
};

const stepOf = (key, event) => {
  const isDown = key === "ArrowUp" || key === "ArrowDown";
  if (isDown && places.monthGrid()) return Math.sign(STEPS[key]) * 7 * DAY;
  return isDown && event.allDay ? 0 : (STEPS[key] ?? 0);
};

const end = () => {
  clearTimeout(turn.timer);
  clear();
  if (turn.chip.isConnected) putBack(turn.chip);
  turn = null;
  release();
};

const commit = async () => {
  if (!turn || turn.isSent || !turn.event) return;
  turn.isSent = true;
  clearTimeout(turn.timer);
  hold("change");
  const { chip, event } = turn;
  const times = timesOf(turn);
  draw(places.drawnAt(times), { ...turn.look, pending: true });
  try {
    if (turn.minutes || turn.growth) await submit(chip, event, times);
  } catch ({ message }) {
    if (message) refused(message);
  }
  end();
};

const shift = async (chip, key) => {
  if (turn?.isSent) return;
  if (turn && turn.chip.id !== chip.id) await commit();
  if (!turn) {
    hold("keys");
    turn = { chip, look: lift(chip), minutes: 0, growth: 0 };
    chip.addEventListener("blur", commit, { once: true });
  }
  const mine = turn;
  try {
    mine.event = await factsOf(chip);
  } catch {
    return mine === turn && end();
  }
  if (mine !== turn) return;
  if (mine.event.why) {
    end();
    return refused(mine.event.why);
  }
  mine.minutes += stepOf(key, mine.event);
  mine.growth += GROWTH[key] ?? 0;
  const times = timesOf(mine);
  draw(places.drawnAt(times), { ...mine.look, time: times.allDay ? mine.look.time : places.inWords(times, false) });
  announce(places.inWords(times));
  clearTimeout(mine.timer);
  mine.timer = setTimeout(commit, REST_MS);
};

const erase = async (chip) => {
  try {
    const event = await factsOf(chip);
    if (event.whyKept) throw new Error(event.whyKept);
    await remove(chip, event);
  } catch ({ message }) {
    if (message) refused(message);
  }
};

export const act = (chip, key) => {
  if (key === "e") location.assign(address(chip, "edit"));
  else if (key === "Delete") erase(chip);
  else shift(chip, key);
};

document.addEventListener(
  "keydown",
  (event) => {
    if (event.key !== "Escape" || !turn || turn.isSent) return;
    event.preventDefault();
    event.stopPropagation();
    end();
  },
  true,
);
