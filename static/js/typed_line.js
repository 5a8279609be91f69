// The typed line: what was understood is marked in the text and drawn in the grid while one types.
// Enter saves it, Shift-Enter opens the whole form with it.
import { clear, draw, first } from "./ghosts.js";
import * as places from "./places.js";
import { refused, send } from "./sending.js";
import { styled } from "./styles.js";

const REST_MS = 150;
let opened = null; // the popover, once it was requested
let asked = 0;
let timer;
let isSaving = false;

const form = () => document.querySelector("#typed form");
const said = () => document.querySelector("#typed .understood")?.dataset;
const isOpen = () => document.getElementById("typed")?.matches(":popover-open");

const request = async () => {
  const response = await fetch("/events/quick/", { headers: { "HX-Request": "true" }, cache: "no-store" });
  const html = response.ok ? await response.text() : "";
  if (!html.includes("data-typed")) throw new Error(String(response.status)); // signed out
  const box = document.createElement("div");
  box.id = "typed";
  box.className = "typed";
  box.popover = "auto";
  box.setAttribute("role", "dialog");
  box.setAttribute("aria-labelledby", "typed-title");
  box.innerHTML = html;
  box.addEventListener("input", typing);
  box.addEventListener("keydown", onKey);
  box.addEventListener("submit", save);
  box.addEventListener("click", (event) => event.target.closest("[data-whole]") && whole(event));
  box.addEventListener("toggle", ({ newState }) => newState === "closed" && !isSaving && clear());
  document.body.append(box);
  await styled(box);
  const { text } = box.querySelector("form").elements;
  text.addEventListener("scroll", () => (box.querySelector(".typed-marks").scrollLeft = text.scrollLeft));
  return box;
};

export const open = async (opener) => {
  opened ??= request();
  try {
    const box = await opened;
    box.querySelector("[role=alert]").textContent = "";
    box.showPopover();
    form().elements.text.focus();
    form().elements.text.select();
    typing();
  } catch {
    opened = null;
    location.assign(opener.href);
  }
};

// --- While one types ---
const look = () => ({ title: said().title, hue: said().hue || 10, time: "", pending: isSaving });

const show = () => {
  const { start, end, allDay } = said() ?? {};
  if (!start) return clear();
  const span = { start, end, allDay: allDay !== undefined };
  draw(places.drawnAt(span), { ...look(), time: span.allDay ? "" : places.inWords(span, false) });
};

// The marks lie under the input, with the same text: code points, not UTF-16, are counted.
const mark = (text, spans) => {
  const letters = [...text];
  const layer = document.querySelector("#typed .typed-marks");
  const parts = [];
  let at = 0;
  for (const [from, to, meaning] of spans.toSorted((one, other) => one[0] - other[0])) {
    const marked = document.createElement("mark");
    marked.className = `means-${meaning}`;
    marked.textContent = letters.slice(from, to).join("");
    parts.push(letters.slice(at, from).join(""), marked);
    at = to;
  }
  layer.replaceChildren(...parts, letters.slice(at).join(""));
  layer.scrollLeft = form().elements.text.scrollLeft;
};

// Beside or below the popover, where it can be seen.
const reveal = () => {
  const ghost = first();
  const { bottom } = document.getElementById("typed").getBoundingClientRect();
  ghost?.scrollIntoView({ block: ghost.getBoundingClientRect().top < bottom ? "end" : "nearest" });
};

const read = async () => {
  const { text, csrfmiddlewaretoken } = form().elements;
  const turn = ++asked;
  const written = text.value;
  const body = new URLSearchParams({ text: written, dry_run: "1" });
  const headers = { "HX-Request": "true", "X-CSRFToken": csrfmiddlewaretoken.value };
  const response = await fetch(form().action, { method: "POST", headers, body });
  const html = response.ok ? await response.text() : "";
  if (turn !== asked) return;
  document.getElementById("typed-said").innerHTML = html;
  mark(text.value, text.value === written ? JSON.parse(said()?.spans ?? "[]") : []);
  show();
  reveal();
};

function typing() {
  clearTimeout(timer);
  document.querySelector("#typed [role=alert]").textContent = "";
  mark(form().elements.text.value, []);
  timer = setTimeout(() => read().catch(() => {}), REST_MS);
}

const onKey = (event) => {
  if (event.key === "Enter" && event.shiftKey && !event.isComposing) whole(event);
};

const whole = async (event) => {
  event.preventDefault();
  clearTimeout(timer);
  if (form().elements.text.value) await read().catch(() => {});
  location.assign(said()?.editor ?? form().querySelector("[data-whole]").href);
};

async function save(event) {
  event.preventDefault();
  clearTimeout(timer);
  const { text, next } = form().elements;
  if (!text.value.trim()) return;
  next.value = location.pathname;
  isSaving = true;
  show();
  try {
    const saved = send(form().action, new FormData(form()));
    document.getElementById("typed").setAttribute("aria-busy", "true");
    const address = await saved;
    text.value = "";
    document.getElementById("typed-said").replaceChildren();
    isSaving = false;
    document.getElementById("typed").hidePopover();
    document.querySelector(`#live [data-event][href^="${address}"]`)?.focus({ preventScroll: true });
  } catch ({ message }) {
    isSaving = false;
    if (isOpen()) document.querySelector("#typed [role=alert]").textContent = message;
    else refused(message);
    show();
  }
  document.getElementById("typed").removeAttribute("aria-busy");
}

// A live update replaces the grid: the event is drawn into the new one.
document.body.addEventListener("htmx:afterSwap", () => isOpen() && show());
