// Messages as toasts: they leave by themselves, except faults, and rest while one points at them or
// tabs to them. Without this module they stand in the page.
const SHOWN_MS = 6_000;
const LONG_MS = 60; // longer for each character
const region = document.getElementById("messages");
const prepared = new WeakSet();

const leave = (message) => message.remove();

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
    timer = setTimeout(() => leave(message), SHOWN_MS + LONG_MS * message.textContent.length);
  };
  const rest = () => clearTimeout(timer);
  for (const name of ["pointerenter", "focusin"]) message.addEventListener(name, rest);
  for (const name of ["pointerleave", "focusout"]) message.addEventListener(name, start);
  start();
};

const prepare = (message) => {
  if (!message.classList?.contains("message") || prepared.has(message)) return;
  prepared.add(message);
  message.append(closeButton(message));
  if (message.classList.contains("error")) message.setAttribute("role", "alert");
  else countDown(message);
};

new MutationObserver((records) => {
  for (const { addedNodes } of records) for (const node of addedNodes) prepare(node);
}).observe(region, { childList: true });

// Added again, a moment later, so that screen readers announce what came with the page.
const first = [...region.children];
setTimeout(() => region.replaceChildren(...first), 100);
