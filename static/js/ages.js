// Keeps ages ("2 minutes ago") up to date, in the server's wording (accounts/local_time.py): both
// take it from CLDR, in the page's language. The server gives each age, so the browser's clock may
// be wrong. Without this module the page still shows the time beside the age.
const LOOK_MS = 5_000;
const UNITS = [
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];
const LONGEST = 28 * 86_400; // months vary in length, so longer ages change only with the next page

const firstSeen = new WeakMap();
const relative = new Intl.RelativeTimeFormat(document.documentElement.lang || "en");

const words = (seconds, justNow) => {
  const [unit, length] = UNITS.find(([, length]) => seconds >= length) ?? [];
  return unit ? relative.format(-Math.floor(seconds / length), unit) : justNow;
};

const age = () => {
  const now = performance.now();
  for (const time of document.querySelectorAll("time[data-age]")) {
    if (!firstSeen.has(time)) firstSeen.set(time, now);
    const seconds = Number(time.dataset.age) + (now - firstSeen.get(time)) / 1000;
    const shown = words(seconds, time.dataset.now);
    if (seconds < LONGEST && time.textContent !== shown) time.textContent = shown;
  }
};

age();
setInterval(age, LOOK_MS);
document.addEventListener("visibilitychange", age);
document.addEventListener("htmx:afterSwap", age);
