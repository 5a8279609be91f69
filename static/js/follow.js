// Keeps an open page up to date. Every 0.8 s a visible page requests the latest version, which the
// server answers from its cache; if it has changed, the page requests its part #live and swaps it.
// While a sync runs, the page also refreshes periodically, because its progress changes with time.
const ASK_MS = 800;
const AT_WORK_MS = 2000;
const SLOWEST_MS = 30_000;
const ANSWER_WITHIN_MS = 10_000;
const FOCUSABLE = "a[href], button, input, select, textarea, summary, [tabindex]";
// Parts that differ between two responses with the same content.
const PASSING = /data-(?:version|age)="[^"]*"|name="csrfmiddlewaretoken" value="[^"]*"|(?<=<time data-age[^>]*>)[^<]*/g;

const live = () => document.getElementById("live");

const ask = (address, headers) =>
  fetch(address, { headers, cache: "no-store", signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });

// --- Open details, scroll positions and focus, kept when the part is replaced ---
const nameOf = (details) => details.id || details.querySelector("[id]")?.id;

const openDetails = () => {
  const names = [...live().querySelectorAll("details[open]")].map(nameOf).filter(Boolean);
  return () => {
    for (const name of names) {
      const details = document.getElementById(name)?.closest("details");
      if (details) details.open = true;
    }
  };
};

const scrolled = () => {
  const places = [...live().querySelectorAll("[id]")]
    .filter((element) => element.scrollLeft || element.scrollTop)
    .map(({ id, scrollLeft, scrollTop }) => ({ id, scrollLeft, scrollTop }));
  return () => {
    for (const { id, ...place } of places) Object.assign(document.getElementById(id) ?? {}, place);
  };
};

// An event that was moved has a chip of another id; one that was deleted leaves the focus beside it.
const chips = () => [...live().querySelectorAll("[data-event]")].filter((each) => each.checkVisibility());
const chipAgain = ({ id, href }, before) => {
  const moment = `-${id.split("-")[6]}`;
  const at = before.indexOf(id);
  const beside = [...before.slice(at + 1), ...before.slice(0, at).reverse()];
  const now = chips();
  const found = now.find((each) => each.href === href) ?? now.find((each) => each.id.endsWith(moment));
  return found ?? document.getElementById(beside.find((each) => document.getElementById(each)));
};

// Found by its id, or as the n-th focusable element inside the nearest element with an id.
const focused = () => {
  const element = document.activeElement;
  if (!live().contains(element) || element === live()) return () => {};
  const { id } = element.closest("[id]");
  const within = () => [...(document.getElementById(id)?.querySelectorAll(FOCUSABLE) ?? [])];
  const place = element.id ? -1 : within().indexOf(element);
  const before = element.matches("[data-event]") ? chips().map((each) => each.id) : null;
  return () => {
    const found = place < 0 ? document.getElementById(id) : within()[place];
    const again = found ?? (before && chipAgain(element, before));
    if (again && document.activeElement !== again) again.focus({ preventScroll: true });
  };
};

let reopen = () => {};
document.body.addEventListener("htmx:beforeSwap", () => {
  reopen = openDetails();
});
document.body.addEventListener("htmx:afterSwap", () => reopen());

// --- The user's own requests take precedence: a refresh never overwrites their responses ---
const underWay = new Set();
let turns = 0;
document.body.addEventListener("htmx:beforeRequest", ({ detail: { xhr } }) => {
  turns += 1;
  underWay.add(xhr);
  xhr.addEventListener("loadend", () => underWay.delete(xhr));
});

// --- Requests and refresh ---
let shown = "";
let refreshedAt = performance.now();

const show = (text) => {
  const lasting = text.replace(PASSING, "");
  if (lasting === shown) {
    live().dataset.version = text.match(/data-version="([^"]*)"/)[1];
    return;
  }
  reopen = openDetails();
  const restore = [scrolled(), focused()];
  htmx.swap(live(), text, { swapStyle: "outerHTML" });
  for (const step of restore) step();
  shown = lasting;
};

const refresh = async ({ evenHeld = false } = {}) => {
  const { href } = location;
  const before = turns;
  const answer = await ask(href, { "HX-Request": "true", "HX-Target": "live" });
  if (!answer.ok) throw new Error(`refused with ${answer.status}`);
  const text = await answer.text();
  if (turns !== before || location.href !== href || (isHeld() && !evenHeld)) return;
  refreshedAt = performance.now();
  if (text.includes('id="live"')) show(text);
  else location.reload(); // signed out: shows the sign-in page
};

const isAtWork = () =>
  "atWork" in live().dataset && performance.now() - refreshedAt > AT_WORK_MS;

// --- Reminders: the answer says by a word that something else rings; its module is loaded then ---
let bell = null;

const ring = async (word) => {
  if (word === bell) return;
  bell = word;
  const { show } = await import(live().dataset.reminders);
  show(live().dataset.popups);
};

// While an event is dragged, or its change is sent, the page stays as it is.
const isHeld = () => "held" in document.documentElement.dataset;

const look = async () => {
  if (underWay.size || isHeld()) return;
  if (isAtWork()) return refresh();
  const { follow: address, version } = live().dataset;
  const answer = await ask(address, { "If-None-Match": `"${version}"` });
  ring(answer.headers.get("Daybook-Bell"));
  if (answer.status === 304) return;
  await refresh();
  if (!answer.ok) throw new Error(`refused with ${answer.status}`);
};

// Back off while the server, or the cache with the versions, is unreachable.
let pause = ASK_MS;
let timer;
let isLooking = false;

const follow = async () => {
  clearTimeout(timer);
  if (document.hidden || isLooking) return;
  isLooking = true;
  try {
    await look();
    pause = ASK_MS;
  } catch {
    pause = Math.min(2 * pause, SLOWEST_MS);
  }
  isLooking = false;
  timer = setTimeout(follow, pause);
};

document.body.addEventListener("daybook:changed", async ({ detail }) => {
  try {
    await refresh({ evenHeld: true });
  } catch {
    // the page follows as soon as it can
  }
  detail.done?.();
});
document.addEventListener("visibilitychange", follow);
window.addEventListener("online", follow);
window.addEventListener("pageshow", ({ persisted }) => persisted && follow());
timer = setTimeout(follow, pause);
