"""How soon an open page answers: Chromium on gunicorn, a user with 500 events in each month.

Interaction to next paint is that of https://web.dev/articles/inp: the longest event of each
interaction, here as the 95th percentile over all of them. Layout shift is given as in
https://web.dev/articles/cls, where shifts soon after an input don't count, and as the plain sum of
all shifts of all swaps, where they do. What a swap takes from the input to the picture is shown
beside them.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, sync_playwright

from accounts.models import User
from tests.accounts.serving import HOST, serving
from tests.benchmarks.figures import Figure
from tests.benchmarks.million import fill_calendars
from tests.factories import make_user
from tests.parts import CHROMIUM, PLAYWRIGHT, require

HEADING = f"{'interactions':<52} {'figure':>12}"
EVENTS = 12_000  # two years of 500 a month
ROUNDS = 20
MOST_MS = 100
MOST_SHIFT = 0.02
SHORTEST_MS = 16  # the least that browsers report
SIZE = {"width": 1280, "height": 900}
PROGRAM = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
OBSERVE = """
window.seen = { interactions: {}, shifts: [], swaps: 0, pictures: [] };
const each = (type, take, options) =>
  new PerformanceObserver((list) => list.getEntries().forEach(take))
    .observe({ type, buffered: true, ...options });
each("event", ({ interactionId: id, duration }) => {
  const { interactions } = seen;
  if (id) interactions[id] = Math.max(interactions[id] ?? 0, duration);
}, { durationThreshold: 16 });
each("layout-shift", ({ value, startTime, hadRecentInput }) =>
  seen.shifts.push([startTime, value, hadRecentInput]));
let inputAt = 0;
const isInput = (event) => { inputAt = event.timeStamp; };
for (const type of ["pointerdown", "keydown"]) addEventListener(type, isInput, true);
addEventListener("htmx:afterSwap", ({ target }) => {
  const begunAt = inputAt;
  if (target.id !== "live" || !begunAt) return;
  inputAt = 0;
  requestAnimationFrame(() => setTimeout(() => {
    seen.pictures.push(performance.now() - begunAt);
    seen.swaps += 1;
  }));
}, true);
"""


@dataclass
class Seen:
    """What the browser has measured of one kind of interaction."""

    interactions: list[float] = field(default_factory=list)
    pictures: list[float] = field(default_factory=list)
    shifts: list[tuple[float, float, bool]] = field(default_factory=list)

    @property
    def layout_shift(self) -> float:
        """Return the worst window of shifts, each within 1 s of the last, 5 s in all."""
        windows: list[tuple[float, float, float]] = [(-math.inf, -math.inf, 0)]
        for at, value, follows_input in self.shifts:
            begun_at, last_at, so_far = windows[-1]
            if follows_input:
                continue
            if at - last_at < 1000 and at - begun_at < 5000:
                windows[-1] = (begun_at, at, so_far + value)
            else:
                windows.append((at, at, value))
        return max(value for _begun, _last, value in windows)

    @property
    def moved(self) -> float:
        return sum(value for _at, value, _follows in self.shifts)


def results() -> Iterator[Figure]:
    owner = make_user("hands@example.org")
    fill_calendars(owner, EVENTS)
    together = Seen()
    with serving(processes=2) as server, opened(owner, f"http://{HOST}:{server.port}") as page:
        for name, interact in INTERACTIONS.items():
            seen = _seen(page, interact)
            together.interactions += seen.interactions
            if interact in MOVES:
                yield _paint(name, seen)
                continue
            yield from _figures(name, seen)
            together.shifts += seen.shifts
    yield _paint("all", together)
    yield Figure("all, layout shift", together.layout_shift, "", at_most=MOST_SHIFT)
    yield Figure("all, the sum of all shifts", together.moved, "", at_most=MOST_SHIFT)


def _figures(name: str, seen: Seen) -> Iterator[Figure]:
    yield _paint(name, seen)
    if seen.pictures:
        yield Figure(f"{name}, to the picture, p95", percentile(seen.pictures), "ms")
    yield Figure(f"{name}, layout shift", seen.layout_shift, "", at_most=MOST_SHIFT)
    yield Figure(f"{name}, the sum of all shifts", seen.moved, "", at_most=MOST_SHIFT)


def _paint(name: str, seen: Seen) -> Figure:
    label = f"{name}, to the next paint, p95 of {len(seen.interactions)}"
    return Figure(label, percentile(seen.interactions), "ms", at_most=MOST_MS)


def percentile(values: list[float], share: float = 0.95) -> float:
    return sorted(values)[math.ceil(share * len(values)) - 1]


# --- What a person does; each returns the number of its interactions ---


def turn_month(page: Page) -> int:
    return _turn(page, "month")


def turn_week(page: Page) -> int:
    return _turn(page, "week")


def _turn(page: Page, view: str) -> int:
    _open(page, view)
    for number in range(ROUNDS):
        # There and back, so that no turn leaves the months that are full.
        way = "next" if number % 10 < 5 else "previous"
        _swapped(page, lambda way=way: page.click(f"#turn-{way}"))  # type: ignore[misc]
    return ROUNDS


def open_events_of_month(page: Page) -> int:
    return _open_events(page, "month")


def open_events_of_week(page: Page) -> int:
    return _open_events(page, "week")


def _open_events(page: Page, view: str) -> int:
    """Open and close each: a click and a key."""
    _open(page, view)
    chips = page.locator("#live [data-event]").filter(visible=True)
    step = chips.count() // ROUNDS
    for number in range(ROUNDS):
        chips.nth(number * step).click()
        page.locator("#event-popover [data-event-card]").wait_for()
        page.keyboard.press("Escape")
        page.locator("#event-popover").wait_for(state="hidden")
    return 2 * ROUNDS


def choose_calendars(page: Page) -> int:
    _open(page, "month")
    boxes = page.locator("#calendar-choice input[type=checkbox]")
    for number in range(ROUNDS):
        # Each off and on again.
        box = boxes.nth(number // 2 % boxes.count())
        _swapped(page, box.click)
    return ROUNDS


def switch_views(page: Page) -> int:
    _open(page, "month")
    views = ("week", "day", "agenda", "weeks", "month")
    for number in range(ROUNDS):
        view = views[number % len(views)]
        _swapped(page, lambda view=view: page.click(f"#view-{view}"))  # type: ignore[misc]
    return ROUNDS


# Where each element can be pressed: its middle, or its edge that events leave free.
PRESSABLE = """(selector) => [...document.querySelectorAll(`#live ${selector}`)].flatMap((each) => {
  const { left, right, top, bottom } = each.getBoundingClientRect();
  const points = [[(left + right) / 2, (top + bottom) / 2], [right - 1.5, bottom - 6]];
  return points.filter(([x, y]) => each.contains(document.elementFromPoint(x, y))).slice(0, 1);
})"""


def create_in_the_week(page: Page) -> int:
    return _create(page, "week", ".slots > a")


def create_in_the_month(page: Page) -> int:
    return _create(page, "month", ".slot")


def _create(page: Page, view: str, places: str) -> int:
    """Open the small form in an empty place and close it: a click and a key."""
    _open(page, view)
    free = page.evaluate(PRESSABLE, places)
    for number in range(ROUNDS):
        page.mouse.click(*free[number * len(free) // ROUNDS])
        page.locator("#creation [name=summary]:focus").wait_for()
        page.keyboard.press("Escape")
        page.locator("#creation").wait_for(state="hidden")
    return 2 * ROUNDS


ALONE = ":not([href*='?at='])"  # a series would ask which dates


def drag_in_the_week(page: Page) -> int:
    return _drag(page, "week", f".block{ALONE}:not(.continued-left, .continued-right)", (0, 48))


def drag_in_the_month(page: Page) -> int:
    return _drag(page, "month", f".day > .chip{ALONE}", (0, 140))


def _drag(page: Page, view: str, chips: str, distance: tuple[float, float]) -> int:
    """Move events and wait until they are stored, one after the other."""
    _open(page, view)
    page.mouse.move(SIZE["width"] / 2, SIZE["height"] / 2)
    page.locator("#creation").wait_for(state="attached")  # the modules are loaded
    for number in range(ROUNDS):
        there = page.evaluate(PRESSABLE, chips)
        # From the upper half, so that what it is dropped on is in sight.
        x, y = [one for one in there if one[1] < SIZE["height"] / 2][number]
        page.mouse.move(x, y)
        page.mouse.down()
        for part in (0.25, 0.5, 0.75, 1):
            page.mouse.move(x + distance[0] * part, y + distance[1] * part)
        page.mouse.up()
        page.locator("html:not([data-held])").wait_for(state="attached")
    return ROUNDS


INTERACTIONS: dict[str, Callable[[Page], int]] = {
    "turn the month": turn_month,
    "turn the week": turn_week,
    "open events of a month": open_events_of_month,
    "open events of a week": open_events_of_week,
    "choose calendars": choose_calendars,
    "switch views": switch_views,
    "open the form of a new event in the week": create_in_the_week,
    "open the form of a new event in the month": create_in_the_month,
    "drag events of a week": drag_in_the_week,
    "drag events of a month": drag_in_the_month,
}


# What is dragged moves, and its neighbours make room: that is what was asked for, not a fault.
MOVES = (drag_in_the_week, drag_in_the_month)


# --- The browser ---


@contextmanager
def opened(owner: User, url: str) -> Iterator[Page]:
    program = require(CHROMIUM, PLAYWRIGHT)
    client = Client()
    client.force_login(owner, "accounts.password_backend.PasswordBackend")
    name = settings.SESSION_COOKIE_NAME
    cookie: Any = {"name": name, "value": client.cookies[name].value, "url": url}
    # Playwright's event loop runs in this thread, and Django would therefore refuse the ORM.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium: Browser = playwright.chromium.launch(executable_path=program, args=[*PROGRAM])
        context = chromium.new_context(base_url=url, viewport=SIZE)  # type: ignore[arg-type]
        context.add_cookies([cookie])
        context.add_init_script(OBSERVE)
        yield context.new_page()
        chromium.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def _open(page: Page, view: str) -> None:
    page.goto(f"/calendar/{view}/{timezone.now().date().replace(day=15)}/")
    page.wait_for_load_state("networkidle")


def _swapped(page: Page, interact: Callable[[], object]) -> None:
    before = page.evaluate("seen.swaps")
    interact()
    page.wait_for_function("before => seen.swaps > before", arg=before)


def _seen(page: Page, interact: Callable[[Page], int]) -> Seen:
    """Run the interactions; one that was too short for the browser's report took SHORTEST_MS."""
    count = interact(page)
    page.wait_for_timeout(1000)  # reports are late
    found = page.evaluate("seen")
    reported = [float(each) for each in found["interactions"].values()]
    assert len(reported) <= count, (len(reported), count)
    short = [float(SHORTEST_MS)] * (count - len(reported))
    return Seen(reported + short, found["pictures"], [tuple(each) for each in found["shifts"]])
