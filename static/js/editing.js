// Editing in the grids: loads what an interaction needs when it begins. Without this module each empty
// place is a link to the form of a new event, and each event a link to its page.
const SLOTS = "#live :is(.slots > a, .slot)";
const CHIPS = "#live [data-event]";
const DRAGGED = ":is([data-grid], [data-month]) [data-event]";
const SHIFTED = /^(Arrow|\+$|\*$)/;
const EDITING = new Set(["+", "-", "Delete", "e"]);

const isPlain = (event) =>
  event.button === 0 && !(event.altKey || event.ctrlKey || event.metaKey || event.shiftKey);
const isSwitchedOn = () => document.querySelector("[data-keys-switch]").checked;

// A pointer that comes over the grid, or a finger on it, will press soon.
const load = (event) => {
  if (!event.target.closest?.("[data-grid], [data-month]")) return;
  document.removeEventListener("pointerover", load);
  import("./dragging.js");
};
document.addEventListener("pointerover", load);

let down = null; // the press that is going on
let closes = false; // a press outside of an open popover closes it and does nothing else

document.addEventListener(
  "pointerdown",
  (event) => {
    closes = Boolean(document.querySelector(":popover-open"));
    const target = event.isPrimary && isPlain(event) && event.target.closest?.(`${SLOTS}, ${DRAGGED}`);
    down = target && event;
    if (!down || (closes && !target.matches(CHIPS))) return;
    import("./dragging.js").then(({ press }) => down === event && press(event, target));
  },
  true,
);
for (const name of ["pointerup", "pointercancel"]) {
  document.addEventListener(name, () => (down = null), true);
}

// A finger that holds an event drags it: the page must not scroll then. Browsers decide when a touch
// begins whether this is asked at all, so the listener can't wait for the module.
document.addEventListener(
  "touchmove",
  (event) => {
    if (document.documentElement.dataset.held === "drag" && event.cancelable) event.preventDefault();
  },
  { passive: false },
);
document.addEventListener("dragstart", (event) => {
  if (event.target.closest?.(`${SLOTS}, ${DRAGGED}`)) event.preventDefault(); // the browser's own, of links
});

document.addEventListener("mousedown", (event) => {
  if (event.target.closest?.(SLOTS)) event.preventDefault(); // which would focus it
});
document.addEventListener("click", (event) => {
  if (!isPlain(event)) return;
  const slot = event.target.closest?.(SLOTS);
  const opener = event.target.closest?.("[data-new]");
  if (!slot && !opener) return;
  event.preventDefault();
  if (slot && !closes) import("./creation.js").then(({ createAt }) => createAt(slot, event));
  if (opener) import("./typed_line.js").then(({ open }) => open(opener));
});

document.addEventListener(
  "keydown",
  (event) => {
    const { key, altKey, ctrlKey, metaKey, shiftKey, target } = event;
    const chip = target.closest?.(CHIPS);
    if (!chip || altKey || ctrlKey || metaKey || !isSwitchedOn()) return;
    if (shiftKey ? !SHIFTED.test(key) : !EDITING.has(key)) return;
    event.preventDefault();
    event.stopPropagation();
    import("./chip_keys.js").then(({ act }) => act(chip, key));
  },
  true,
);
