// Asks before an event is changed: which dates of a series, and whether its guests get an email.
// Returns the fields that say so; throws, with nothing to say, if the person gives up.
import { styled } from "./styles.js";

export const ask = (html, chip) =>
  new Promise((answer, giveUp) => {
    if (!html) return answer({});
    const dialog = document.createElement("dialog");
    dialog.className = "dialog";
    dialog.setAttribute("aria-labelledby", "scope-title");
    dialog.innerHTML = html;
    dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
    dialog.addEventListener("close", () => {
      dialog.remove();
      document.getElementById(chip.id)?.focus({ preventScroll: true });
      if (!dialog.returnValue) return giveUp(new Error(""));
      const fields = new FormData(dialog.querySelector("form"));
      answer({ ...Object.fromEntries(fields), scope: dialog.returnValue });
    });
    document.body.append(dialog);
    styled(dialog).then(() => dialog.showModal());
  });

// The fields of every change of a chip's event.
export const target = async (chip, { base, question }) => {
  const said = await ask(question, chip);
  const at = new URL(chip.href).searchParams.get("at") ?? "";
  return { base, at, next: location.pathname, ...said };
};
