// The small form of a new event, beside the place where it will be; "More options" leads to the whole
// one. The event is seen in the grid while its title is typed.
import { clear, draw, first } from "./ghosts.js";
import * as places from "./places.js";
import { send } from "./sending.js";
import { styled } from "./styles.js";

const GAP = 8;
const HOUR = 60;
const HALF_HOUR = 30;
const PHONE = matchMedia("(width < 48rem)");

let span = null; // { start, end, allDay } of the event while its form is open
let isSaving = false;
let opened = null; // the popover, once it was requested

const request = async () => {
  const response = await fetch("/events/create/", { headers: { "HX-Request": "true" }, cache: "no-store" });
  const html = response.ok ? await response.text() : "";
  if (!html.includes("data-creation")) throw new Error(String(response.status)); // signed out
  const box = document.createElement("div");
  box.id = "creation";
  box.className = "creation";
  box.popover = "auto";
  box.setAttribute("role", "dialog");
  box.setAttribute("aria-labelledby", "creation-title");
  box.innerHTML = html;
  box.addEventListener("submit", save);
  box.addEventListener("input", show);
  box.addEventListener("toggle", ({ newState }) => newState === "closed" && closed());
  document.body.append(box);
  await styled(box);
  return box;
};

function box() {
  opened ??= request();
  opened.catch(() => (opened = null));
  return opened;
}

const form = () => document.querySelector("#creation form");
const isOpen = () => document.getElementById("creation")?.matches(":popover-open");

const look = () => {
  const chosen = form()?.elements.calendar?.selectedOptions?.[0];
  return {
    title: form()?.elements.summary.value || form()?.dataset.untitled || "",
    hue: chosen?.dataset.hue ?? 10,
    time: span.allDay ? "" : places.inWords(span, false),
    pending: isSaving,
  };
};

const show = () => span && draw(places.drawnAt(span), look());

// By translate, because a move by left and top would count as a shift of the layout.
const place = (element, at) => {
  if (PHONE.matches) return (element.style.translate = "");
  const ghost = first()?.getBoundingClientRect();
  const near = ghost?.width ? ghost : { left: at.clientX, right: at.clientX, top: at.clientY };
  const { offsetWidth: width, offsetHeight: height } = element;
  const { clientWidth, clientHeight } = document.documentElement;
  const right = near.right + GAP;
  const left = near.left - GAP - width;
  let x = right + width + GAP <= clientWidth ? right : left;
  if (x < GAP) x = Math.min(Math.max(GAP, near.left), clientWidth - width - GAP);
  const y = Math.max(GAP, Math.min(near.top, clientHeight - height - GAP));
  element.style.translate = `${Math.round(x)}px ${Math.round(y)}px`;
};

const editor = ({ start, end, allDay }) =>
  `/events/new/?${new URLSearchParams({ start, end, ...(allDay && { all_day: "1" }) })}`;

export const createSpan = async (chosen, at) => {
  span = chosen;
  show();
  let element;
  try {
    element = await box();
  } catch {
    return location.assign(editor(chosen));
  }
  if (span !== chosen) return;
  const { elements } = form();
  form().reset();
  form().querySelector("[role=alert]").textContent = "";
  elements.start.value = chosen.start;
  elements.end.value = chosen.end;
  elements.all_day.disabled = !chosen.allDay;
  form().querySelector("[data-when]").textContent = places.inWords(chosen);
  show();
  element.showPopover();
  place(element, at);
  elements.summary.focus({ preventScroll: true });
};

export const createAt = (slot, event) => {
  const start = places.startOf(slot);
  if (slot.matches(".slot")) return createSpan({ start, end: places.daysLater(start, 1), allDay: true }, event);
  const { minute } = places.placeAt(event.clientX, event.clientY);
  const from = Math.floor(minute / HALF_HOUR) * HALF_HOUR;
  return createSpan(places.spanOf({ from, to: from + HOUR, allDay: false }), event);
};

const closed = () => {
  if (isSaving) return;
  span = null;
  clear();
};

const save = async (event) => {
  if (event.submitter?.formAction?.includes("/events/new/")) return; // the whole form takes over
  event.preventDefault();
  const fields = new FormData(form());
  isSaving = true;
  show();
  document.getElementById("creation").hidePopover();
  try {
    const address = await send(form().action, fields);
    document.querySelector(`#live [data-event][href^="${address}"]`)?.focus({ preventScroll: true });
  } catch ({ message }) {
    document.getElementById("creation").showPopover();
    form().querySelector("[role=alert]").textContent = message;
    isSaving = false;
    return;
  }
  isSaving = false;
  closed();
};

// A live update replaces the grid: the event is drawn into the new one.
document.body.addEventListener("htmx:afterSwap", () => span && (isOpen() || isSaving) && show());
addEventListener("resize", () => isOpen() && place(document.getElementById("creation"), { clientX: 0, clientY: 0 }));
box().catch(() => {}); // so that it opens, and takes what is typed, at once
