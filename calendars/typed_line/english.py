"""The words of English."""

from __future__ import annotations

from calendars.typed_line.language import Language, of, phrases

ENGLISH = Language(
    tag="en",
    clock="12",
    weekdays=of(
        {
            0: "monday, mon",
            1: "tuesday, tue, tues",
            2: "wednesday, wed, weds",
            3: "thursday, thu, thur, thurs",
            4: "friday, fri",
            5: "saturday, sat",
            6: "sunday, sun",
        }
    ),
    doubtful=frozenset(("mon", "wed", "sat", "sun")),
    plural_weekdays=of(
        {
            0: "mondays",
            1: "tuesdays",
            2: "wednesdays",
            3: "thursdays",
            4: "fridays",
            5: "saturdays",
            6: "sundays",
        }
    ),
    months=of(
        {
            1: "january, jan",
            2: "february, feb",
            3: "march, mar",
            4: "april, apr",
            5: "may",
            6: "june, jun",
            7: "july, jul",
            8: "august, aug",
            9: "september, sep, sept",
            10: "october, oct",
            11: "november, nov",
            12: "december, dec",
        }
    ),
    numbers=of(
        {
            1: "one, a, an",
            2: "two, a couple of",
            3: "three",
            4: "four",
            5: "five",
            6: "six",
            7: "seven",
            8: "eight",
            9: "nine",
            10: "ten",
            11: "eleven",
            12: "twelve",
            15: "fifteen",
            20: "twenty",
            30: "thirty",
            40: "forty",
            45: "forty five",
            50: "fifty",
            60: "sixty",
            90: "ninety",
        }
    ),
    ordinals=of(
        {
            1: "first",
            2: "second",
            3: "third",
            4: "fourth",
            5: "fifth",
            6: "sixth",
            7: "seventh",
            8: "eighth",
            9: "ninth",
            10: "tenth",
            11: "eleventh",
            12: "twelfth",
            -1: "last",
        }
    ),
    ordinal_endings=frozenset(("st", "nd", "rd", "th")),
    units=of(
        {
            "minute": "minute, minutes, min, mins",
            "hour": "hour, hours, hr, hrs, h",
            "day": "day, days",
            "week": "week, weeks",
            "month": "month, months",
            "year": "year, years",
        }
    ),
    lengths=of(
        {
            30: "half an hour, half hour, a half hour",
            15: "quarter of an hour, a quarter of an hour",
            45: "three quarters of an hour",
            90: "an hour and a half, one hour and a half",
        }
    ),
    halves=of(
        {
            number: f"{word} and a half"
            for number, word in enumerate(("one", "two", "three", "four", "five"), start=1)
        }
    ),
    relative=of(
        {
            0: "today",
            1: "tomorrow, tmrw",
            -1: "yesterday",
            2: "day after tomorrow, the day after tomorrow, overmorrow",
        }
    ),
    dayparts=of(
        {
            "morning": "in the morning, this morning",
            "afternoon": "in the afternoon, this afternoon",
            "evening": "in the evening, this evening",
            "night": "at night",
        }
    ),
    dayparts_today=of(
        {
            "evening": "tonight, this evening",
            "morning": "this morning",
            "afternoon": "this afternoon",
        }
    ),
    dayparts_after_time=of({}),
    dayparts_after_day=of(
        {
            "morning": "morning",
            "afternoon": "afternoon",
            "evening": "evening",
            "night": "night",
        }
    ),
    noon=of({"noon": "noon, midday, at noon, at midday", "midnight": "midnight, at midnight"}),
    before_day=of(
        {
            "on": "on, by, on the",
            "from": "from, starting, starting on, starting from, beginning",
            "the": "the",
        }
    ),
    before_time=phrases("at", "from", "around", "by"),
    before_range=phrases("from", "between"),
    before_length=phrases("for"),
    after_length=phrases("long"),
    between=phrases("between"),
    between_and=phrases("and"),
    to=phrases("to", "until", "till", "through"),
    this=phrases("this", "on this"),
    next=of({0: "next, on next"}),
    coming=phrases("coming", "the coming", "this coming", "on the coming"),
    next_week=of({1: "next week, of next week", 2: "week after next, the week after next"}),
    week_later=of({1: "week, in a week, in one week", 2: "fortnight, in two weeks"}),
    week_before=of({1: "a week on, a week from", 2: "two weeks on, two weeks from"}),
    weekend=phrases(
        "weekend", "the weekend", "at the weekend", "on the weekend", "over the weekend"
    ),
    end_of=phrases("end of", "the end of", "at the end of", "by the end of"),
    end_of_month=phrases(
        "end of month",
        "end of the month",
        "at the end of the month",
        "at month end",
        "by the end of the month",
        "end of this month",
    ),
    in_=phrases("in"),
    from_now=phrases("from today", "from now"),
    of_=phrases("of"),
    o_clock=phrases("o'clock", "oclock"),
    past=phrases("past", "after"),
    before=phrases("to", "before"),
    half_past=phrases("half past"),
    half_to=of({}),
    quarter=phrases("quarter", "a quarter"),
    three_quarters=of({}),
    every=phrases("every", "each", "once every", "once each", "on every"),
    other=phrases("other"),
    sure_intervals=frozenset(()),
    adverbs=of(
        {
            ("DAILY", 1, ""): "daily",
            ("WEEKLY", 1, ""): "weekly",
            ("MONTHLY", 1, ""): "monthly",
            ("YEARLY", 1, ""): "yearly, annually",
            ("MONTHLY", 3, ""): "quarterly",
            ("WEEKLY", 2, ""): "fortnightly",
            ("WEEKLY", 2, "biweekly"): "biweekly, bi weekly",
        }
    ),
    workdays=of(
        {
            "": "weekdays, on weekdays, workdays, on workdays, every weekday, every workday, "
            "each weekday, each workday"
        }
    ),
    every_weekend=phrases("every weekend", "each weekend", "weekends", "on weekends"),
    of_one_month=phrases("in", "of", "of the"),
    of_month=phrases("of the month", "in the month", "a month"),
    of_each_month=phrases(
        "of every month", "of each month", "every month", "each month", "in every month"
    ),
    month_days=phrases("day"),
    until=phrases("until", "till", "until the"),
    through=phrases(
        "through", "through to", "until the end of", "till the end of", "up to and including"
    ),
    times=phrases("times", "x"),
    counts=of({2: "twice"}),
    and_=phrases("and"),
    with_=phrases("with"),
    at_place=phrases("at", "in"),
    places=of(
        {
            "home": "at home",
            "work": "at work",
            "school": "at school",
            "church": "at church",
            "university": "at university",
            "office": "at the office",
            "uni": "at uni",
        }
    ),
    articles=frozenset(("the",)),
    connectors=frozenset(
        ("of", "the", "and", "de", "la", "le", "du", "des", "am", "an", "der", "at", "in", "on")
    ),
    no_places=frozenset(
        (
            "end",
            "meantime",
            "moment",
            "latest",
            "same",
            "first",
            "next",
            "last",
            "english",
            "german",
            "french",
            "spanish",
            "general",
            "particular",
            "person",
            "time",
            "way",
            "long",
            "short",
            "sun",
            "rain",
            "dark",
            "best",
            "worst",
            "least",
            "most",
            "beginning",
            "year",
            "month",
            "week",
            "day",
            "i",
            "my",
            "future",
            "past",
        )
    ),
    fixed_names=frozenset(
        (
            ("black", "friday"),
            ("good", "friday"),
            ("casual", "friday"),
            ("cyber", "monday"),
            ("manic", "monday"),
            ("easter", "monday"),
            ("easter", "sunday"),
            ("palm", "sunday"),
            ("bloody", "sunday"),
            ("ash", "wednesday"),
            ("shrove", "tuesday"),
            ("fat", "tuesday"),
            ("taco", "tuesday"),
            ("super", "tuesday"),
            ("giving", "tuesday"),
            ("whit", "monday"),
            ("holy", "saturday"),
            ("maundy", "thursday"),
            ("the", "tomorrow"),
            ("blue", "monday"),
            ("about", "tomorrow"),
            ("high", "noon"),
        )
    ),
    zone_words=frozenset(("time",)),
    own_words=frozenset(
        ("am", "pm", "the", "meeting", "lunch", "dinner", "call", "about", "party")
    ),
)
