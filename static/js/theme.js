// Applies the theme, and the folded sidebar, chosen on this device. Not a module, because it must run
// before the first paint.
(() => {
  const KEY = "daybook-theme";
  const SYSTEM = "system";
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

  const apply = (theme) => {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
  };

  const current = () => root.dataset.theme ?? (system.matches ? "dark" : "light");

  const label = (button) => {
    const words = current() === "dark" ? button.dataset.toLight : button.dataset.toDark;
    if (button.firstElementChild) button.setAttribute("aria-label", words);
    else button.textContent = words;
  };

  root.dataset.script = ""; // sheets may rely on scripts
  apply(stored());
  if (stored("daybook-sidebar") === "folded") root.dataset.sidebar = "folded";

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector("[data-theme-switch]");
    const choice = document.querySelector("[data-theme-choice]");
    const show = () => {
      if (button) label(button);
      const chosen = root.dataset.theme ?? SYSTEM;
      for (const radio of choice?.querySelectorAll("input") ?? []) radio.checked = radio.value === chosen;
    };
    const choose = (theme) => {
      apply(theme);
      remember(theme);
      show();
    };
    for (const each of [button, choice]) if (each) each.hidden = false;
    show();
    system.addEventListener("change", show);
    button?.addEventListener("click", () => choose(current() === "dark" ? "light" : "dark"));
    choice?.addEventListener("change", ({ target }) => choose(target.value));
  });
})();
