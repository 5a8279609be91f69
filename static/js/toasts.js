// Messages as toasts: they leave by themselves, except faults, and rest while one points at them or
// tabs to them. Without this module they stand in the page. Those of a change offer to undo it; `z`
// does it also after the toast has left.
const SHOWN_MS = 6_000;
const UNDO_MS = 8_000;
const LONG_MS = 60; // longer for each character
const region = document.getElementById("messages");
const prepared = new WeakSet();

const undoOf = (message) => message.querySelector("[data-act]");
const leave = (message) => {
  if (undoOf(message)?.matches("[aria-keyshortcuts]")) message.hidden = true;
  else message.remove();
};

const closeButton = (message) => {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "icon-button";
  button.textContent = "×";
  button.setAttribute("aria-label", region.dataset.dismiss);
  button.addEventListener("click", () => leave(message));
  return button;
};

const countDown = (message) => {
  let timer;
  const start = () => {
    const shown = undoOf(message) ? UNDO_MS : SHOWN_MS + LONG_MS * message.textContent.length;
    timer = setTimeout(() => leave(message), shown);
  };
  const rest = () => clearTimeout(timer);
  for (const name of ["pointerenter", "focusin"]) message.addEventListener(name, rest);
  for (const name of ["pointerleave", "focusout"]) message.addEventListener(name, start);
  start();
};

// The key undoes the last change alone.
const takeKey = (message) => {
  for (const each of region.querySelectorAll("[aria-keyshortcuts]")) {
    if (each.closest(".message").hidden) each.closest(".message").remove();
    else each.removeAttribute("aria-keyshortcuts");
  }
  undoOf(message).setAttribute("aria-keyshortcuts", "z");
};

const prepare = (message) => {
  if (!message.classList?.contains("message") || prepared.has(message)) return;
  prepared.add(message);
  if (undoOf(message)) takeKey(message);
  message.append(closeButton(message));
  if (message.classList.contains("error")) message.setAttribute("role", "alert");
  else countDown(message);
};

const add = (text, level, act) => {
  const message = document.createElement("p");
  message.className = `message ${level}`;
  const words = document.createElement("span");
  words.textContent = text;
  message.append(words);
  if (act) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "link-button", textContent: region.dataset.undo });
    button.dataset.act = act;
    message.append(button);
  }
  region.append(message);
};

document.body.addEventListener("daybook:changed", ({ detail: { message, act, refused } }) => {
  if (message) add(message, refused ? "error" : "success", act);
});
document.body.addEventListener("daybook:refused", ({ detail: { message } }) => add(message, "error"));
region.addEventListener("click", async (event) => {
  const { act } = event.target.dataset;
  if (!act || !document.getElementById("live")) return; // without a view the form is sent
  event.preventDefault();
  event.target.closest(".message").remove();
  const { refused, send } = await import("./sending.js");
  send(`/events/undo/${act}/`, {}).catch(({ message }) => refused(message));
});

new MutationObserver((records) => {
  for (const { addedNodes } of records) for (const node of addedNodes) prepare(node);
}).observe(region, { childList: true });

// Added again, a moment later, so that screen readers announce what came with the page.
const first = [...region.children];
setTimeout(() => region.replaceChildren(...first), 100);
