// Opens an event beside its chip. Without this module the chip's link leads to the event's page.
// The popover lives outside #live, so it survives live swaps; it is filled again after each of them.
const GAP = 8;
const FOCUSABLE = "a, button, h2, select";
const PHONE = matchMedia("(width < 48rem)");
const card = document.getElementById("event-popover");

let opener = null; // { id, href } of the chip: the element itself may be swapped
let pressed = ""; // the address of the chip that was open when a press began
let ahead = null; // { href, answer }: requested when a press begins

const isOpen = () => card.matches(":popover-open");
const isEditing = () => card.querySelector("[data-editor]"); // editor.js has it then
const chipOf = ({ id, href }) =>
  (id && document.getElementById(id)) ||
  [...document.querySelectorAll("[data-event]")].find((each) => each.href === href);

const request = async (href) => {
  const headers = { "HX-Request": "true", "HX-Target": card.id };
  const answer = await fetch(href, { headers, cache: "no-store" });
  const text = answer.ok ? await answer.text() : "";
  if (text.includes("data-event-card")) return text;
  throw new Error(`refused with ${answer.status}`); // gone, or signed out
};

const prefetch = (href) => {
  if (ahead?.href === href) return;
  ahead = { href, answer: request(href) };
  ahead.answer.catch(() => {});
};

// Beside the chip, where there is room: right, left, or across it. A phone has a sheet instead.
// By translate, because a move by left and top would count as a shift of the layout.
const place = () => {
  const chip = opener && chipOf(opener);
  if (PHONE.matches || !chip) {
    card.style.translate = "";
    return;
  }
  const at = chip.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = card;
  const { clientWidth, clientHeight } = document.documentElement;
  const right = at.right + GAP;
  const left = at.left - GAP - width;
  let x = right + width + GAP <= clientWidth ? right : left;
  if (x < GAP) x = Math.min(Math.max(GAP, at.left), clientWidth - width - GAP);
  const y = Math.max(GAP, Math.min(at.top, clientHeight - height - GAP));
  card.style.translate = `${Math.round(x)}px ${Math.round(y)}px`;
};

const fill = (text) => {
  card.innerHTML = text;
  card.setAttribute("aria-labelledby", "event-popover-title");
  window.htmx?.process(card);
  place();
};

// Shown at once with the chip's own words, so that the answer to a click is in the next frame.
const sketch = (chip) => {
  const title = document.createElement("h2");
  title.id = "event-popover-title";
  title.tabIndex = -1;
  title.textContent = (chip.querySelector(".chip-text") ?? chip).textContent.trim();
  card.replaceChildren(title);
};

// A source puts the card after its chip in the order of Tab, but Chromium then lays out the whole
// month again, which takes 45 ms: so only where the keyboard is used, whose clicks have no detail.
const open = async (chip, { detail }) => {
  const { id, href } = chip;
  opener = { id, href };
  prefetch(href);
  const { answer } = ahead;
  ahead = null;
  sketch(chip);
  card.setAttribute("aria-busy", "true");
  if (!isOpen()) card.showPopover(detail ? {} : { source: chip });
  place();
  document.getElementById("event-popover-title").focus({ preventScroll: true });
  try {
    const text = await answer;
    if (opener?.href !== href || !isOpen()) return;
    fill(text);
    document.getElementById("event-popover-title").focus({ preventScroll: true });
  } catch {
    if (opener?.href === href) location.assign(href);
  } finally {
    card.removeAttribute("aria-busy");
  }
};

// After a live swap: what changed is shown, an event that is gone closes.
const renew = async () => {
  if (!isOpen() || !opener || isEditing() || card.hasAttribute("aria-busy")) return;
  const { href } = opener;
  const inside = [...card.querySelectorAll(FOCUSABLE)];
  const focused = inside.indexOf(document.activeElement);
  try {
    const text = await request(href);
    if (opener?.href !== href || !isOpen()) return;
    const { scrollTop } = card;
    fill(text);
    card.scrollTop = scrollTop;
    if (focused >= 0) card.querySelectorAll(FOCUSABLE)[focused]?.focus({ preventScroll: true });
  } catch {
    if (opener?.href === href && navigator.onLine) card.hidePopover();
  }
};

const isPlain = (event) =>
  event.button === 0 && !(event.altKey || event.ctrlKey || event.metaKey || event.shiftKey);
const chipAt = (event) => event.target.closest?.("[data-event]");

if (card?.showPopover) {
  card.setAttribute("role", "dialog");
  document.addEventListener("pointerdown", (event) => {
    const chip = isPlain(event) && chipAt(event);
    pressed = chip && isOpen() && opener?.href === chip.href ? chip.href : "";
    if (chip && !pressed && event.pointerType !== "touch") prefetch(chip.href);
  }, true);
  document.addEventListener("click", (event) => {
    const chip = isPlain(event) && chipAt(event);
    if (!chip) return;
    event.preventDefault();
    if (pressed === chip.href) card.hidePopover();
    else open(chip, event);
    pressed = "";
  });
  card.addEventListener("toggle", ({ newState }) => {
    if (newState !== "closed") return;
    const chip = opener && chipOf(opener);
    opener = null;
    if (chip && (document.activeElement === document.body || card.contains(document.activeElement))) {
      chip.focus({ preventScroll: true });
    }
    card.replaceChildren();
  });
  // Turning to another period closes it; a live swap, which is no request of htmx's, does not.
  document.body.addEventListener("htmx:beforeRequest", ({ detail }) => {
    if (isOpen() && detail.target?.id === "live") card.hidePopover();
  });
  // What was changed in it is shown by the grid, unless there is more to do.
  document.body.addEventListener("daybook:changed", ({ detail }) => {
    if (!detail.stays && isOpen()) card.hidePopover();
    else renew();
  });
  document.body.addEventListener("htmx:afterSwap", ({ target }) => {
    if (target === card) {
      place();
      if (!isEditing()) card.querySelector("select, h2")?.focus({ preventScroll: true });
    } else if (!card.contains(target)) renew();
  });
  window.addEventListener("resize", () => isOpen() && place());
}
