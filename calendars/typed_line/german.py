"""The words of German, with and without umlauts."""

from __future__ import annotations

from calendars.typed_line.language import Language, of, phrases

_DAYS = ("montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag")
_SHORT = ("mo", "di", "mi", "do", "fr", "sa", "so")
_NUMBERS = {
    1: "ein, eins, eine, einer, einem, einen", 2: "zwei, zwo", 3: "drei", 4: "vier",
    5: "fünf, fuenf",
    6: "sechs", 7: "sieben", 8: "acht", 9: "neun", 10: "zehn", 11: "elf", 12: "zwölf, zwoelf",
    13: "dreizehn", 14: "vierzehn", 15: "fünfzehn", 20: "zwanzig", 30: "dreißig", 40: "vierzig",
    45: "fünfundvierzig", 50: "fünfzig", 60: "sechzig", 90: "neunzig",
}  # fmt: skip
_ORDINALS = {
    1: "erst", 2: "zweit", 3: "dritt", 4: "viert", 5: "fünft", 6: "sechst", 7: "siebt",
    8: "acht", 9: "neunt", 10: "zehnt", 11: "elft", 12: "zwölft", 13: "dreizehnt", 14: "vierzehnt",
    15: "fünfzehnt", 16: "sechzehnt", 17: "siebzehnt", 18: "achtzehnt", 19: "neunzehnt",
    20: "zwanzigst", -1: "letzt",
}  # fmt: skip
_EACH = ("jeden", "jede", "jedes", "alle", "immer", "an jedem", "in jeder")

GERMAN = Language(
    tag="de",
    clock="24",
    weekdays=of(
        {
            number: f"{name}, {short}" + (", sonnabend" if number == 5 else "")
            for number, (name, short) in enumerate(zip(_DAYS, _SHORT, strict=True))
        }
    ),
    doubtful=frozenset(_SHORT),
    plural_weekdays=of({number: f"{name}s" for number, name in enumerate(_DAYS)}),
    months=of(
        {
            1: "januar, jänner, jan",
            2: "februar, feb",
            3: "märz, maerz, mär, mrz",
            4: "april, apr",
            5: "mai",
            6: "juni, jun",
            7: "juli, jul",
            8: "august, aug",
            9: "september, sep, sept",
            10: "oktober, okt",
            11: "november, nov",
            12: "dezember, dez",
        }
    ),
    numbers=of(_NUMBERS),
    ordinals=of(
        {
            number: ", ".join(f"{stem}{ending}" for ending in ("er", "en", "e", "es", "em"))
            for number, stem in _ORDINALS.items()
        }
    ),
    ordinal_endings=frozenset(("te", "ten", "ter")),
    units=of(
        {
            "minute": "minute, minuten, min",
            "hour": "stunde, stunden, std, h",
            "day": "tag, tage, tagen",
            "week": "woche, wochen",
            "month": "monat, monate, monaten",
            "year": "jahr, jahre, jahren",
        }
    ),
    lengths=of(
        {
            30: "eine halbe stunde, einer halben stunde, halbe stunde, halben stunde",
            15: "eine viertelstunde, einer viertelstunde, viertelstunde",
            45: "eine dreiviertelstunde, einer dreiviertelstunde, dreiviertelstunde",
        }
    ),
    halves=of(
        {
            1: "eineinhalb, anderthalb, einundeinhalb",
            2: "zweieinhalb",
            3: "dreieinhalb",
            4: "viereinhalb",
            5: "fünfeinhalb",
        }
    ),
    relative=of(
        {
            0: "heute",
            1: "morgen",
            2: "übermorgen, uebermorgen",
            -1: "gestern",
            -2: "vorgestern",
        }
    ),
    dayparts=of(
        {
            "morning": "am morgen, am vormittag, morgens, vormittags, in der früh",
            "afternoon": "am nachmittag, nachmittags",
            "evening": "am abend, abends",
            "night": "in der nacht, nachts",
        }
    ),
    dayparts_today=of({}),
    dayparts_after_time=of({"morning": "früh, frueh"}),
    dayparts_after_day=of(
        {
            "morning": "früh, frueh, morgen, vormittag",
            "afternoon": "nachmittag",
            "evening": "abend",
            "night": "nacht",
        }
    ),
    noon=of(
        {
            "noon": "mittags, am mittag, um mittag",
            "midnight": "um mitternacht, mitternacht",
            "day noon": "mittag",
        }
    ),
    before_day=of(
        {
            "on": "am, an dem, zum, den, dem",
            "from": "ab, ab dem, vom, von, seit",
        }
    ),
    before_time=phrases("um", "ab", "gegen", "von", "so gegen"),
    before_range=phrases("von", "zwischen"),
    before_length=phrases("für", "fuer"),
    after_length=phrases("lang"),
    between=phrases("zwischen"),
    between_and=phrases("und"),
    to=phrases("bis", "bis zum"),
    this=phrases("diesen", "dieses", "diese", "am diesem", "an diesem"),
    next=of(
        {
            0: "nächsten, nächster, nächstes, nächste, naechsten, naechster, naechstes, "
            "am nächsten",
            1: "übernächsten, übernächster, übernächstes, uebernaechsten, am übernächsten",
        }
    ),
    coming=phrases("kommenden", "kommendes", "am kommenden"),
    next_week=of(
        {
            1: "nächste woche, nächster woche, naechste woche, in der nächsten woche, "
            "kommende woche, kommender woche, der nächsten woche",
            2: "übernächste woche, übernächster woche, uebernaechste woche, "
            "in der übernächsten woche",
        }
    ),
    week_later=of({1: "in einer woche, in 1 woche", 2: "in zwei wochen, in 2 wochen"}),
    week_before=of({}),
    weekend=phrases("wochenende", "am wochenende", "das wochenende", "übers wochenende"),
    end_of=phrases("ende", "am ende"),
    end_of_month=phrases(
        "ende des monats",
        "am ende des monats",
        "monatsende",
        "zum monatsende",
        "am monatsende",
        "ende monat",
    ),
    in_=phrases("in"),
    from_now=phrases("ab heute", "von heute an"),
    of_=of({}),
    o_clock=phrases("uhr"),
    past=phrases("nach"),
    before=phrases("vor"),
    half_past=of({}),
    half_to=phrases("halb"),
    quarter=phrases("viertel"),
    three_quarters=phrases("dreiviertel", "drei viertel"),
    every=phrases(*_EACH, *(f"immer {each}" for each in _EACH)),
    other=of({}),
    sure_intervals=frozenset((2,)),
    adverbs=of(
        {
            ("DAILY", 1, ""): "täglich, taeglich",
            ("WEEKLY", 1, ""): "wöchentlich, woechentlich",
            ("MONTHLY", 1, ""): "monatlich",
            ("YEARLY", 1, ""): "jährlich, jaehrlich",
            ("MONTHLY", 3, ""): "vierteljährlich, quartalsweise",
            ("MONTHLY", 6, ""): "halbjährlich",
            ("WEEKLY", 2, ""): "zweiwöchentlich, vierzehntägig, vierzehntäglich",
        }
    ),
    workdays=of(
        {
            "workdays": "werktags, jeden werktag, an werktagen",
            "": "wochentags, unter der woche, jeden wochentag, jeden arbeitstag",
        }
    ),
    every_weekend=phrases("jedes wochenende", "wochenends", "am wochenende immer"),
    of_one_month=phrases("im", "in"),
    of_month=phrases("im monat", "des monats"),
    of_each_month=phrases(
        "jedes monats", "jeden monats", "in jedem monat", "jeden monat", "eines jeden monats"
    ),
    month_days=phrases("tag"),
    until=phrases("bis", "bis zum", "bis zu"),
    through=phrases("bis ende", "bis einschließlich", "bis zum ende", "bis einschliesslich"),
    times=phrases("mal", "x"),
    counts=of(
        {
            number: f"{word}mal"
            for number, word in enumerate(
                ("ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn"),
                start=1,
            )
        }
    ),
    and_=phrases("und"),
    with_=phrases("mit"),
    at_place=phrases(
        "bei",
        "beim",
        "im",
        "in",
        "in der",
        "in dem",
        "in den",
        "in die",
        "bei der",
        "bei dem",
        "ins",
    ),
    places=of({"zu Hause": "zu hause", "zuhause": "zuhause"}),
    articles=frozenset(("der", "die", "das", "dem", "den")),
    connectors=frozenset(
        (
            "am",
            "an",
            "der",
            "die",
            "das",
            "dem",
            "den",
            "von",
            "und",
            "zum",
            "zur",
            "im",
            "in",
            "de",
            "la",
            "auf",
            "des",
        )
    ),
    no_places=frozenset(
        (
            "ruhe",
            "leben",
            "bett",
            "zukunft",
            "eile",
            "person",
            "moment",
            "auftrag",
            "falle",
            "prinzip",
            "englisch",
            "deutsch",
            "allgemeinen",
            "vergleich",
            "bezug",
            "summe",
            "kürze",
            "form",
            "ordnung",
            "gedanken",
            "angriff",
            "bedarf",
            "gefahr",
            "urlaub",
            "monat",
            "jahr",
            "woche",
        )
    ),
    fixed_names=frozenset(
        (
            ("guten", "morgen"),
            ("black", "friday"),
            ("schwarzer", "freitag"),
            ("blauer", "montag"),
            ("bis", "morgen"),
        )
    ),
    zone_words=frozenset(("zeit",)),
    own_words=frozenset(("uhr", "nicht", "mit", "für", "und", "der", "die", "das")),
)
