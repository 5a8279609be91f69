// Keyboard shortcuts: an element names its key in aria-keyshortcuts and is activated by it. They rest
// while one types, and can be switched off (WCAG 2.2, success criterion 2.1.4).
const OFF = "daybook-keys-off";
const TYPING = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";

const stored = (key) => {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // storage is disabled
  }
};

const store = (key, value) => {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // the choice then lasts until the page is closed
  }
};

const toggle = document.querySelector("[data-keys-switch]");
toggle.checked = stored(OFF) === null;
toggle.addEventListener("change", () => store(OFF, toggle.checked ? null : "1"));
for (const each of document.querySelectorAll("[data-needs-script]")) each.hidden = false;

const foldSidebar = () => {
  const { dataset } = document.documentElement;
  const folded = dataset.sidebar !== "folded";
  if (folded) dataset.sidebar = "folded";
  else delete dataset.sidebar;
  store("daybook-sidebar", folded ? "folded" : null);
};

const sidebar = () => document.getElementById("sidebar");
const isWide = () => matchMedia("(width >= 64rem)").matches;
const chooseCalendar = (number) =>
  document.querySelectorAll("#calendar-choice input[type=checkbox]")[number - 1]?.click();

const ACTIONS = {
  "?": () => document.getElementById("keys").togglePopover(),
  "[": () => (isWide() ? foldSidebar() : sidebar()?.togglePopover()),
  ArrowLeft: () => press("k"),
  ArrowRight: () => press("j"),
};

const press = (key) => {
  const target = document.querySelector(`[aria-keyshortcuts="${CSS.escape(key)}"]`);
  if (!target) return false;
  if (target.matches(TYPING)) {
    if (sidebar()?.contains(target) && !isWide()) sidebar().showPopover();
    target.focus();
    target.select?.();
  } else target.click();
  return true;
};

const isBusy = ({ altKey, ctrlKey, metaKey, isComposing, defaultPrevented, target }) =>
  altKey || ctrlKey || metaKey || isComposing || defaultPrevented || target.closest?.(TYPING);

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (isBusy(event) || !toggle.checked) return;
  if (key.startsWith("Arrow") && target !== document.body && target.id !== "main") return;
  const done = key in ACTIONS ? ACTIONS[key]() : press(key);
  if (key >= "1" && key <= "9") chooseCalendar(Number(key));
  else if (done === false) return;
  event.preventDefault();
});
