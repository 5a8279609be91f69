// The editor of an event: keeps the popover open while something is typed, lets the end follow the
// start, and suggests people. Loaded with the form; without it the form works, too.
const card = document.getElementById("event-popover");
const isOpen = () => card.matches(":popover-open");
const editor = () => document.querySelector("[data-editor]");
const isUnsaved = () => editor()?.dataset.unsaved === "yes";
const mayLeave = () => !isUnsaved() || confirm(editor().dataset.discard);

// A popover of the kind "auto" closes with a press anywhere, and takes along what was typed.
const hold = (kind) => {
  if (card.popover === kind) return;
  const wasOpen = isOpen();
  const scrolled = card.scrollTop;
  const focused = card.contains(document.activeElement) ? document.activeElement : null;
  card.popover = kind; // which closes it
  if (wasOpen) card.showPopover();
  card.scrollTop = scrolled;
  focused?.focus({ preventScroll: true });
};

const close = () => {
  const form = editor();
  if (!form || !card.contains(form)) return;
  form.dataset.unsaved = "no";
  hold("auto");
  card.hidePopover();
};

const begin = () => {
  const form = editor();
  if (!form) return hold("auto");
  if (card.contains(form)) {
    hold("manual");
    card.setAttribute("aria-labelledby", "event-popover-title");
    const { activeElement } = document;
    // htmx gives the focus to the heading, which has the id of the one before.
    if (!form.contains(activeElement) || activeElement.matches("h2")) (form.querySelector('[aria-invalid="true"]') ?? form.elements.summary).focus();
  }
  begins = spanOf(form);
  prepareList(form);
};

// --- The end keeps its distance from the start ---
let begins = null;
const at = (form, name) => {
  const { value } = form.elements[`${name}_date`];
  const clock = form.elements.all_day.checked ? "00:00" : form.elements[`${name}_time`].value;
  return Date.parse(`${value}T${clock || "00:00"}Z`); // compared by the clocks alone
};
const spanOf = (form) => ({ start: at(form, "start"), end: at(form, "end") });
const written = (form, at) => {
  const [date, clock] = new Date(at).toISOString().split("T");
  form.elements.end_date.value = date;
  if (!form.elements.all_day.checked) form.elements.end_time.value = clock.slice(0, 5);
};
const follow = (form) => {
  const now = spanOf(form);
  const distance = begins ? begins.end - begins.start : NaN;
  if (distance >= 0 && now.start !== begins.start && now.end === begins.end) written(form, now.start + distance);
  begins = spanOf(form);
};

// --- People: a list of suggestions below the input ---
const listOf = (input) => document.getElementById(input.getAttribute("aria-controls"));
const prepareList = (form) => {
  const input = form.elements.people;
  if (!input || input.role === "combobox") return;
  input.removeAttribute("list");
  const attributes = { role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list", "aria-controls": "edit-options" };
  for (const [name, value] of Object.entries(attributes)) input.setAttribute(name, value);
};
const options = (input) => [...listOf(input).children];
const mark = (input, option) => {
  for (const each of options(input)) each.ariaSelected = String(each === option);
  if (option) input.setAttribute("aria-activedescendant", option.id);
  else input.removeAttribute("aria-activedescendant");
};
const fold = (input) => {
  listOf(input).hidden = true;
  input.setAttribute("aria-expanded", "false");
  mark(input, null);
};
let asked = 0;
const suggest = async (input) => {
  const number = ++asked;
  const response = await fetch(`${input.form.dataset.people}?${new URLSearchParams({ people: input.value })}`);
  const text = response.ok ? await response.text() : "";
  if (number !== asked || !input.isConnected) return;
  listOf(input).innerHTML = text;
  const any = options(input).length > 0 && document.activeElement === input;
  listOf(input).hidden = !any;
  input.setAttribute("aria-expanded", String(any));
  mark(input, null);
};
const pick = (input, option) => {
  input.value = [...input.value.split(",").slice(0, -1), option.dataset.email].join(", ");
  fold(input);
  input.form.querySelector('[value="people"]').click();
};
const STEPS = { ArrowDown: 1, ArrowUp: -1 };
const onListKey = (event) => {
  const input = event.target;
  const all = options(input);
  const place = all.findIndex((each) => each.ariaSelected === "true");
  if (event.key in STEPS && !listOf(input).hidden) mark(input, all.at((place + STEPS[event.key] + (place < 0 && STEPS[event.key] < 0)) % all.length));
  else if (event.key === "Enter" && (place >= 0 || input.value.trim())) place >= 0 ? pick(input, all[place]) : input.form.querySelector('[value="people"]').click();
  else if (event.key === "Escape" && !listOf(input).hidden) fold(input);
  else return;
  event.preventDefault();
  event.stopPropagation();
};

document.addEventListener("input", ({ target }) => {
  const form = target.form;
  if (!form?.matches("[data-editor]")) return;
  form.dataset.unsaved = "yes";
  if (target.role === "combobox") suggest(target);
});
document.addEventListener("change", ({ target }) => target.form?.matches("[data-editor]") && follow(target.form), true);
document.addEventListener("keydown", (event) => {
  if (event.target.role === "combobox" && event.target.form?.matches("[data-editor]")) onListKey(event);
  if (event.key === "Escape" && !event.defaultPrevented && editor() && isOpen() && mayLeave()) close();
}, true);
document.addEventListener("focusout", ({ target }) => target.role === "combobox" && listOf(target) && fold(target));
document.addEventListener("pointerdown", (event) => {
  const option = event.target.closest?.("[data-email]");
  if (!option) return;
  event.preventDefault();
  pick(editor().elements.people, option);
});
document.addEventListener("click", (event) => {
  if (!editor() || !isOpen()) return;
  const { target } = event;
  if (card.contains(target) ? !target.closest("[data-close]") : target.closest("#messages")) return;
  if (mayLeave()) return close();
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);
document.addEventListener("submit", ({ target }) => {
  if (target.matches("[data-editor]")) target.dataset.unsaved = "no";
});
addEventListener("beforeunload", (event) => isUnsaved() && event.preventDefault());

// --- htmx: refused forms come back with their reasons ---
document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const { xhr, target } = detail;
  if ((xhr.status === 422 || xhr.status === 412) && target === card) Object.assign(detail, { shouldSwap: true, isError: false });
});
document.body.addEventListener("htmx:sendError", () => editor() && (editor().dataset.unsaved = "yes"));
document.body.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target?.id === "editor-people") editor().elements.people.focus();
  begin();
});
document.body.addEventListener("daybook:changed", close);
begin();
