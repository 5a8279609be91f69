"""Every example of RFC 5545 section 3.8.5.3, in its order."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from calendars.rfc5545.recurrence import expand
from tests.calendars.series import Series

NEW_YORK = ZoneInfo("America/New_York")

# Each: DTSTART, the lines, the RFC's list, and whether it continues ("..."). A month is followed by
# its days, at nine in the morning if no time is given.
EXAMPLES = {
    "daily for 10 occurrences": (
        "1997-09-02", ["RRULE:FREQ=DAILY;COUNT=10"], "1997-09: 2-11", False,
    ),
    "daily until 24 December": (
        "1997-09-02", ["RRULE:FREQ=DAILY;UNTIL=19971224T000000Z"],
        "1997-09: 2-30; 1997-10: 1-31; 1997-11: 1-30; 1997-12: 1-23", False,
    ),
    "every other day": (
        "1997-09-02", ["RRULE:FREQ=DAILY;INTERVAL=2"],
        ("1997-09: 2 4 6 8 10 12 14 16 18 20 22 24 26 28 30; "
        "1997-10: 2 4 6 8 10 12 14 16 18 20 22 24 26 28 30; "
        "1997-11: 1 3 5 7 9 11 13 15 17 19 21 23 25 27 29; 1997-12: 1 3"), True,
    ),
    "every 10 days, 5 occurrences": (
        "1997-09-02", ["RRULE:FREQ=DAILY;INTERVAL=10;COUNT=5"],
        "1997-09: 2 12 22; 1997-10: 2 12", False,
    ),
    "every day in January, yearly": (
        "1998-01-01",
        ["RRULE:FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA"],
        "1998-01: 1-31; 1999-01: 1-31; 2000-01: 1-31", False,
    ),
    "every day in January, daily": (
        "1998-01-01", ["RRULE:FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1"],
        "1998-01: 1-31; 1999-01: 1-31; 2000-01: 1-31", False,
    ),
    "weekly for 10 occurrences": (
        "1997-09-02", ["RRULE:FREQ=WEEKLY;COUNT=10"],
        "1997-09: 2 9 16 23 30; 1997-10: 7 14 21 28; 1997-11: 4", False,
    ),
    "weekly until 24 December": (
        "1997-09-02", ["RRULE:FREQ=WEEKLY;UNTIL=19971224T000000Z"],
        "1997-09: 2 9 16 23 30; 1997-10: 7 14 21 28; 1997-11: 4 11 18 25; 1997-12: 2 9 16 23",
        False,
    ),
    "every other week": (
        "1997-09-02", ["RRULE:FREQ=WEEKLY;INTERVAL=2;WKST=SU"],
        ("1997-09: 2 16 30; 1997-10: 14 28; 1997-11: 11 25; 1997-12: 9 23; 1998-01: 6 20; "
        "1998-02: 3 17"), True,
    ),
    "Tuesday and Thursday for five weeks, until": (
        "1997-09-02", ["RRULE:FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH"],
        "1997-09: 2 4 9 11 16 18 23 25 30; 1997-10: 2", False,
    ),
    "Tuesday and Thursday for five weeks, counted": (
        "1997-09-02", ["RRULE:FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH"],
        "1997-09: 2 4 9 11 16 18 23 25 30; 1997-10: 2", False,
    ),
    "every other week on three days": (
        "1997-09-01",
        ["RRULE:FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR"],
        ("1997-09: 1 3 5 15 17 19 29; 1997-10: 1 3 13 15 17 27 29 31; "
        "1997-11: 10 12 14 24 26 28; 1997-12: 8 10 12 22"), False,
    ),
    "every other week on two days": (
        "1997-09-02", ["RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH"],
        "1997-09: 2 4 16 18 30; 1997-10: 2 14 16", False,
    ),
    "first Friday, 10 occurrences": (
        "1997-09-05", ["RRULE:FREQ=MONTHLY;COUNT=10;BYDAY=1FR"],
        ("1997-09: 5; 1997-10: 3; 1997-11: 7; 1997-12: 5; 1998-01: 2; 1998-02: 6; 1998-03: 6; "
        "1998-04: 3; 1998-05: 1; 1998-06: 5"), False,
    ),
    "first Friday until 24 December": (
        "1997-09-05", ["RRULE:FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR"],
        "1997-09: 5; 1997-10: 3; 1997-11: 7; 1997-12: 5", False,
    ),
    "first and last Sunday of every other month": (
        "1997-09-07", ["RRULE:FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU"],
        "1997-09: 7 28; 1997-11: 2 30; 1998-01: 4 25; 1998-03: 1 29; 1998-05: 3 31", False,
    ),
    "second-to-last Monday": (
        "1997-09-22", ["RRULE:FREQ=MONTHLY;COUNT=6;BYDAY=-2MO"],
        "1997-09: 22; 1997-10: 20; 1997-11: 17; 1997-12: 22; 1998-01: 19; 1998-02: 16", False,
    ),
    "third-to-last day of the month": (
        "1997-09-28", ["RRULE:FREQ=MONTHLY;BYMONTHDAY=-3"],
        "1997-09: 28; 1997-10: 29; 1997-11: 28; 1997-12: 29; 1998-01: 29; 1998-02: 26", True,
    ),
    "2nd and 15th of the month": (
        "1997-09-02", ["RRULE:FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15"],
        "1997-09: 2 15; 1997-10: 2 15; 1997-11: 2 15; 1997-12: 2 15; 1998-01: 2 15", False,
    ),
    "first and last day of the month": (
        "1997-09-30", ["RRULE:FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1"],
        "1997-09: 30; 1997-10: 1 31; 1997-11: 1 30; 1997-12: 1 31; 1998-01: 1 31; 1998-02: 1",
        False,
    ),
    "every 18 months on the 10th to 15th": (
        "1997-09-10", ["RRULE:FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15"],
        "1997-09: 10-15; 1999-03: 10-13", False,
    ),
    "every Tuesday of every other month": (
        "1997-09-02", ["RRULE:FREQ=MONTHLY;INTERVAL=2;BYDAY=TU"],
        ("1997-09: 2 9 16 23 30; 1997-11: 4 11 18 25; 1998-01: 6 13 20 27; "
        "1998-03: 3 10 17 24 31"), True,
    ),
    "June and July": (
        "1997-06-10", ["RRULE:FREQ=YEARLY;COUNT=10;BYMONTH=6,7"],
        ("1997-06: 10; 1997-07: 10; 1998-06: 10; 1998-07: 10; 1999-06: 10; 1999-07: 10; "
        "2000-06: 10; 2000-07: 10; 2001-06: 10; 2001-07: 10"), False,
    ),
    "every other year, January to March": (
        "1997-03-10", ["RRULE:FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3"],
        ("1997-03: 10; 1999-01: 10; 1999-02: 10; 1999-03: 10; 2001-01: 10; 2001-02: 10; "
        "2001-03: 10; 2003-01: 10; 2003-02: 10; 2003-03: 10"), False,
    ),
    "1st, 100th and 200th day of every third year": (
        "1997-01-01", ["RRULE:FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200"],
        ("1997-01: 1; 1997-04: 10; 1997-07: 19; 2000-01: 1; 2000-04: 9; 2000-07: 18; "
        "2003-01: 1; 2003-04: 10; 2003-07: 19; 2006-01: 1"), False,
    ),
    "20th Monday of the year": (
        "1997-05-19", ["RRULE:FREQ=YEARLY;BYDAY=20MO"],
        "1997-05: 19; 1998-05: 18; 1999-05: 17", True,
    ),
    "Monday of week 20": (
        "1997-05-12", ["RRULE:FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO"],
        "1997-05: 12; 1998-05: 11; 1999-05: 17", True,
    ),
    "every Thursday in March": (
        "1997-03-13", ["RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=TH"],
        "1997-03: 13 20 27; 1998-03: 5 12 19 26; 1999-03: 4 11 18 25", True,
    ),
    "every Thursday of the summer": (
        "1997-06-05", ["RRULE:FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8"],
        ("1997-06: 5 12 19 26; 1997-07: 3 10 17 24 31; 1997-08: 7 14 21 28; "
        "1998-06: 4 11 18 25; 1998-07: 2 9 16 23 30; 1998-08: 6 13 20 27; "
        "1999-06: 3 10 17 24; 1999-07: 1 8 15 22 29; 1999-08: 5 12 19 26"), True,
    ),
    "every Friday the 13th": (
        "1997-09-02",
        [
            "EXDATE;TZID=America/New_York:19970902T090000",
            "RRULE:FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
        ],
        "1998-02: 13; 1998-03: 13; 1998-11: 13; 1999-08: 13; 2000-10: 13", True,
    ),
    "first Saturday after the first Sunday": (
        "1997-09-13", ["RRULE:FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13"],
        ("1997-09: 13; 1997-10: 11; 1997-11: 8; 1997-12: 13; 1998-01: 10; 1998-02: 7; "
        "1998-03: 7; 1998-04: 11; 1998-05: 9; 1998-06: 13"), True,
    ),
    "United States election day": (
        "1996-11-05",
        ["RRULE:FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8"],
        "1996-11: 5; 2000-11: 7; 2004-11: 2", True,
    ),
    "third of Tuesday, Wednesday, Thursday": (
        "1997-09-04", ["RRULE:FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3"],
        "1997-09: 4; 1997-10: 7; 1997-11: 6", False,
    ),
    "second-to-last weekday of the month": (
        "1997-09-29", ["RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2"],
        ("1997-09: 29; 1997-10: 30; 1997-11: 27; 1997-12: 30; 1998-01: 29; 1998-02: 26; "
        "1998-03: 30"), True,
    ),
    # UNTIL as corrected by erratum 3883: the RFC's 17:00 UTC is 13:00 in New York.
    "every 3 hours from 9:00 to 17:00": (
        "1997-09-02", ["RRULE:FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T210000Z"],
        "1997-09: 2@9:00 2@12:00 2@15:00", False,
    ),
    "every 15 minutes for 6 occurrences": (
        "1997-09-02", ["RRULE:FREQ=MINUTELY;INTERVAL=15;COUNT=6"],
        "1997-09: 2@9:00 2@9:15 2@9:30 2@9:45 2@10:00 2@10:15", False,
    ),
    "every hour and a half for 4 occurrences": (
        "1997-09-02", ["RRULE:FREQ=MINUTELY;INTERVAL=90;COUNT=4"],
        "1997-09: 2@9:00 2@10:30 2@12:00 2@13:30", False,
    ),
    "every 20 minutes from 9:00 to 16:40, daily": (
        "1997-09-02",
        ["RRULE:FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40"],
        "1997-09: "
        + " ".join(f"{d}@{h}:{m}" for d in (2, 3) for h in range(9, 17) for m in (0, 20, 40)),
        True,
    ),
    "every 20 minutes from 9:00 to 16:40, minutely": (
        "1997-09-02", ["RRULE:FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11,12,13,14,15,16"],
        "1997-09: "
        + " ".join(f"{d}@{h}:{m}" for d in (2, 3) for h in range(9, 17) for m in (0, 20, 40)),
        True,
    ),
    "weeks that start on Monday": (
        "1997-08-05", ["RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO"],
        "1997-08: 5 10 19 24", False,
    ),
    "weeks that start on Sunday": (
        "1997-08-05", ["RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU"],
        "1997-08: 5 17 19 31", False,
    ),
    "30 February is passed over": (
        "2007-01-15", ["RRULE:FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5"],
        "2007-01: 15 30; 2007-02: 15; 2007-03: 15 30", False,
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("begin", "lines", "listed", "goes_on"), EXAMPLES.values(), ids=EXAMPLES.keys()
)
def test_the_example_expands_as_the_rfc_lists_it(
    begin: str, lines: list[str], listed: str, goes_on: bool
) -> None:
    start = datetime.fromisoformat(f"{begin}T09:00").replace(tzinfo=NEW_YORK)
    series = Series(start, start + timedelta(hours=1), False, "America/New_York", lines)

    instances = expand(series, after=start, before=datetime(2010, 1, 1, tzinfo=UTC), limit=200)

    found = [instance.start_at.astimezone(NEW_YORK) for instance in instances]
    expected = list(listed_times(listed))
    assert found[: len(expected)] == expected
    assert (len(found) > len(expected)) is goes_on


def listed_times(listed: str) -> Iterator[datetime]:
    for month, days in re.findall(r"(\d{4}-\d{2}): ([^;]+)", listed):
        for entry in days.split():
            day, _, clock = entry.partition("@")
            first, _, last = day.partition("-")
            hour, minute = (int(part) for part in (clock or "9:00").split(":"))
            for number in range(int(first), int(last or first) + 1):
                year, month_number = (int(part) for part in month.split("-"))
                yield datetime(year, month_number, number, hour, minute, tzinfo=NEW_YORK)
