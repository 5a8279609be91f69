// Applies the theme, and the folded sidebar, chosen on this device. Not a module, because it must run before the first paint.
(() => {
  const KEY = "daybook-theme";
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");

  const stored = (key = KEY) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null; // storage is disabled: use the system's theme
    }
  };

  const remember = (theme) => {
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // the choice then lasts until the page is closed
    }
  };

  const current = () => root.dataset.theme ?? (system.matches ? "dark" : "light");

  const label = (button) => {
    const words = current() === "dark" ? button.dataset.toLight : button.dataset.toDark;
    if (button.firstElementChild) button.setAttribute("aria-label", words);
    else button.textContent = words;
  };

  const chosen = stored();
  if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;

  if (stored("daybook-sidebar") === "folded") root.dataset.sidebar = "folded";

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector("[data-theme-switch]");
    if (!button) return;
    button.hidden = false;
    label(button);
    system.addEventListener("change", () => label(button));
    button.addEventListener("click", () => {
      root.dataset.theme = current() === "dark" ? "light" : "dark";
      remember(root.dataset.theme);
      label(button);
    });
  });
})();
