// Words of age ("2 minutes ago") go on by themselves, in the words that the server writes
// (accounts/templatetags/ages.py). The server says how old each is, so that a clock that is wrong
// here does no harm. Without this module the time stands beside the words.
const LOOK_MS = 5_000;
const UNITS = [
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];
const LONGEST = 28 * 86_400; // months have no one length: those words wait for the next page

const firstSeen = new WeakMap();

const words = (seconds) => {
  const [unit, length] = UNITS.find(([, length]) => seconds >= length) ?? [];
  if (!unit) return "just now";
  const count = Math.floor(seconds / length);
  return `${count}\u00a0${unit}${count === 1 ? "" : "s"} ago`;
};

const age = () => {
  const now = performance.now();
  for (const time of document.querySelectorAll("time[data-age]")) {
    if (!firstSeen.has(time)) firstSeen.set(time, now);
    const seconds = Number(time.dataset.age) + (now - firstSeen.get(time)) / 1000;
    if (seconds < LONGEST && time.textContent !== words(seconds)) time.textContent = words(seconds);
  }
};

age();
setInterval(age, LOOK_MS);
document.addEventListener("visibilitychange", age);
document.addEventListener("htmx:afterSwap", age);
