// A swipe turns the period of any view, as its buttons do. Where the view itself can be scrolled
// sideways, it scrolls first.
const LEAST_PX = 60;
const LONGEST_MS = 700;
const EDGE_PX = 24; // there a swipe is the browser's own

let begun = null;

const canScroll = (element, way) => {
  for (let each = element; each && each.id !== "live"; each = each.parentElement) {
    const rest = each.scrollWidth - each.clientWidth;
    if (rest > 1 && getComputedStyle(each).overflowX !== "visible") {
      if (way > 0 ? each.scrollLeft < rest - 1 : each.scrollLeft > 1) return true;
    }
  }
  return false;
};

document.addEventListener(
  "touchstart",
  ({ touches, target, timeStamp }) => {
    const [{ clientX, clientY }] = touches;
    const isOurs = touches.length === 1 && target.closest("#live") && !target.closest("input, [popover]");
    const isInside = clientX > EDGE_PX && clientX < innerWidth - EDGE_PX;
    const canTurn = { 1: !canScroll(target, 1), [-1]: !canScroll(target, -1) };
    begun = isOurs && isInside ? { clientX, clientY, timeStamp, canTurn } : null;
  },
  { passive: true },
);

document.addEventListener(
  "touchend",
  ({ changedTouches: [{ clientX, clientY }], timeStamp }) => {
    const isDrag = "held" in document.documentElement.dataset;
    if (!begun || isDrag || timeStamp - begun.timeStamp > LONGEST_MS) return;
    const across = begun.clientX - clientX;
    const way = Math.sign(across);
    const isSwipe = Math.abs(across) > Math.max(LEAST_PX, 2 * Math.abs(begun.clientY - clientY));
    if (isSwipe && begun.canTurn[way]) {
      document.getElementById(way > 0 ? "turn-next" : "turn-previous")?.click();
    }
    begun = null;
  },
  { passive: true },
);
