// Drags in the grids: on empty places to create, on events to move them, on their lower edge to
// resize them. A mouse drags at once, a finger after a long press, so that it can scroll and swipe.
import { createSpan } from "./creation.js";
import { clear, draw } from "./ghosts.js";
import { carry, factsOf, hold, lift, putBack, refuse, release } from "./moving.js";
import * as places from "./places.js";

const HOUR = 60;
const LEAST_PX = 5;
const EDGE_PX = 7; // of a block, by which it is resized
const LONG_PRESS_MS = 400;
const SLACK_PX = 10; // a finger's, while it presses
const NEAR_PX = 36; // from the grid's edge, where it scrolls by itself
const PACE_PX = 9;

let stop = () => {}; // gives up the drag that is going on

export const press = (begun, target) => {
  stop();
  const chip = target.matches("[data-event]") ? target : null;
  const drag = { begun, chip, target, at: begun, isTouch: begun.pointerType === "touch" };
  const controller = new AbortController();
  const listen = (name, handler, options) =>
    document.addEventListener(name, handler, { signal: controller.signal, capture: true, ...options });
  const mine = (handler) => (event) => event.pointerId === begun.pointerId && handler(event);
  const timer = drag.isTouch && setTimeout(() => begin(drag), LONG_PRESS_MS);
  const end = () => {
    clearTimeout(timer);
    cancelAnimationFrame(drag.frame);
    controller.abort();
    stop = () => {};
  };
  stop = () => {
    end();
    if (drag.isOn) giveUp(drag);
  };
  if (chip) factsOf(chip);

  listen("pointermove", mine((event) => {
    drag.at = event;
    const moved = Math.hypot(event.clientX - begun.clientX, event.clientY - begun.clientY);
    if (drag.isOn) return; // drawn once a frame, however many moves there are
    if (drag.isTouch) return moved > SLACK_PX && end();
    if (moved >= LEAST_PX) begin(drag);
  }));
  listen("pointerup", mine(() => {
    end();
    if (!drag.isOn) return;
    swallowClick();
    move(drag);
    drop(drag);
  }));
  listen("pointercancel", mine(() => stop()));
  listen("contextmenu", (event) => drag.isTouch && event.preventDefault());
  listen("keydown", (event) => {
    if (event.key !== "Escape" || !drag.isOn) return;
    event.preventDefault();
    event.stopPropagation();
    stop();
  });
  // A swap that the person asked for, such as by a key: what is dragged is gone.
  document.body.addEventListener("htmx:beforeSwap", () => stop(), { signal: controller.signal });
};

// The click that ends a drag is none.
const swallowClick = () => {
  const swallow = (event) => {
    event.preventDefault();
    event.stopPropagation();
  };
  addEventListener("click", swallow, { capture: true, once: true });
  setTimeout(() => removeEventListener("click", swallow, true));
};

const isAtEdge = ({ chip, begun }) =>
  chip && places.isBlock(chip) && !chip.matches(".continued-right") &&
  begun.clientY > chip.getBoundingClientRect().bottom - EDGE_PX;

const begin = (drag) => {
  const { chip, begun } = drag;
  if (chip && !chip.isConnected) return stop();
  drag.isOn = true;
  drag.from = places.placeAt(begun.clientX, begun.clientY);
  drag.kind = !chip ? "create" : isAtEdge(drag) ? "resize" : "move";
  hold("drag");
  document.getSelection()?.removeAllRanges();
  if (chip) {
    drag.origin = places.drawnOf(chip);
    drag.look = lift(chip);
    factsOf(chip).then((facts) => {
      if (!facts.why || !drag.isOn || drag.isOver) return;
      stop();
      refuse(facts.why);
    }, () => {});
  }
  if (drag.isTouch) navigator.vibrate?.(10);
  move(drag);
  drag.frame = requestAnimationFrame(() => step(drag));
};

const spanned = (one, other, isBar) => {
  const [from, to] = one < other ? [one, other] : [other, one];
  return { from, to: isBar ? to + 1 : Math.max(to, from + places.STEP), allDay: isBar };
};

const created = ({ from, at, target }) => {
  const to = places.placeAt(at.clientX, at.clientY);
  if (from.minute === undefined || target.matches(".slot")) return spanned(from.day, to.day, true);
  return spanned(places.snapped(from.minute - places.STEP / 2), places.snapped(to.minute ?? from.minute), false);
};

const resized = ({ origin, at }) => {
  const { minute = origin.from } = places.placeAt(at.clientX, at.clientY);
  return { ...origin, to: Math.max(places.snapped(minute), origin.from + places.STEP) };
};

const moved = ({ origin, from, at }) => {
  const to = places.placeAt(at.clientX, at.clientY);
  const days = to.day - from.day;
  if (origin.allDay) {
    if (to.minute === undefined) return { ...origin, from: origin.from + days, to: origin.to + days };
    const start = places.snapped(to.minute - places.STEP / 2);
    return { from: start, to: start + HOUR, allDay: false };
  }
  if (to.minute === undefined) return { from: to.day, to: to.day + 1, allDay: true };
  const start = places.snapped(origin.from + to.minute - from.minute);
  return { from: start, to: start + origin.to - origin.from, allDay: false };
};

const MOVES = { create: created, resize: resized, move: moved };

const move = (drag) => {
  const place = MOVES[drag.kind](drag);
  const { from, to, allDay } = drag.place ?? {};
  if (place.from === from && place.to === to && place.allDay === allDay) return;
  drag.place = place;
  const look = drag.look ?? { title: "", hue: 10 };
  const time = place.allDay ? look.time : places.inWords(places.spanOf(place), false);
  draw(place, { ...look, time });
};

// In each frame; near an edge of the grid it scrolls by itself.
const step = (drag) => {
  const grid = places.weekGrid() ?? places.monthGrid();
  const box = grid.getBoundingClientRect();
  const { clientX: x, clientY: y } = drag.at;
  const top = places.weekGrid() ? grid.querySelector(".roof").getBoundingClientRect().bottom : box.top;
  if (y > box.bottom - NEAR_PX) grid.scrollTop += PACE_PX;
  else if (y > top && y < top + NEAR_PX) grid.scrollTop -= PACE_PX;
  if (x > box.right - NEAR_PX / 2) grid.scrollLeft += PACE_PX;
  move(drag);
  drag.frame = requestAnimationFrame(() => step(drag));
};

const giveUp = (drag) => {
  drag.isOver = true;
  clear();
  if (drag.chip) putBack(drag.chip);
  release();
};

const drop = (drag) => {
  drag.isOver = true;
  const { chip, kind, origin, place } = drag;
  if (kind === "create") {
    release();
    const span = places.spanOf(place);
    setTimeout(() => createSpan(span, drag.at)); // this event would close what it opens
    return;
  }
  const isSame = place.from === origin.from && place.to === origin.to && place.allDay === origin.allDay;
  if (isSame) return giveUp(drag);
  carry(chip, place, origin, kind);
};
