// Shows the reminders that ring. follow.js loads this module when the first one does. Of several
// tabs in sight one shows them: it holds a lock, and gives it back when it is hidden or closed.
const LOCK = "daybook-reminders";
const AGAIN_MS = 5_000;
let address = "";
let release = null;
let timer;

const region = () => document.getElementById("reminders");

const take = () =>
  new Promise((resolve) => {
    if (release || !navigator.locks) return resolve(true);
    navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => {
      resolve(Boolean(lock));
      return lock && new Promise((done) => (release = done));
    });
  });

const giveBack = () => {
  region()?.remove();
  release?.();
  release = null;
};

const put = (text) => {
  const had = region()?.contains(document.activeElement);
  region()?.remove();
  const part = document.createRange().createContextualFragment(text).querySelector("#reminders");
  if (!part) return giveBack();
  document.querySelector(".skip").after(part); // the first thing that one tabs to
  part.addEventListener("submit", answer);
  if (had || document.activeElement === document.body) part.focus({ preventScroll: true });
};

const answer = async (event) => {
  event.preventDefault();
  const { target: form, submitter } = event;
  const reply = await fetch(form.action, {
    method: "POST",
    headers: { "HX-Request": "true" },
    body: new FormData(form, submitter),
  });
  if (reply.ok) put(await reply.text());
  else location.reload(); // signed out
};

export const show = async (from) => {
  address = from || address;
  clearTimeout(timer);
  if (document.hidden) return;
  if (!(await take())) {
    timer = setTimeout(show, AGAIN_MS);
    return;
  }
  const reply = await fetch(address, { headers: { "HX-Request": "true" }, cache: "no-store" });
  if (reply.ok) put(await reply.text());
};

document.addEventListener("visibilitychange", () => (document.hidden ? giveBack() : show()));
