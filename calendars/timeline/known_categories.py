"""The six categories that each person begins with, with keywords in English and German.

Those of the system that Daybook replaces, by name; its "Default" is called Other. A person may
change and delete them like their own. The narrower a category, the higher its weight: a team's yoga
class is fitness, and a dentist's appointment before a meeting is health.
"""

from __future__ import annotations

import uuid
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from calendars.models import Category

_NAMESPACE = uuid.UUID("b1a8c2ce-6f0e-5b7e-9d54-0f3d7a1c8e21")


class Known(NamedTuple):
    """The name is translated when it is used, the keywords are of all languages at once."""

    slug: str
    name: str
    colour: str
    emoji: str
    weight: int
    keywords: str


KNOWN = (
    Known(
        "work",
        gettext_noop("Work"),
        "#4777d2",
        "💼",
        30,
        "meeting*, stand-up, standup, daily, sync, review*, retro, retrospective, sprint*, "
        "1:1, one on one, interview*, workshop*, conference*, call, demo, deadline*, "
        "presentation*, kick-off, kickoff, onboarding, planning, client*, customer*, office, "
        "project*, budget*, release*, deploy*, hiring, team, webinar*, training session, "
        "all hands, town hall, besprechung*, sitzung*, termin mit kunde*, kunde*, kundin*, "
        "büro*, projekt*, vortrag*, präsentation*, schulung*, bewerbungsgespräch*, "
        "vorstellungsgespräch*, dienstreise*, geschäftsreise*, planung*, abgabe*, jour fixe, "
        "telko, betriebsversammlung, arbeit, schicht*",
    ),
    Known(
        "health",
        gettext_noop("Health"),
        "#c34f4b",
        "🩺",
        60,
        "doctor*, dr, dentist*, physician*, gp, hospital*, clinic*, appointment with dr, "
        "check-up, checkup, vaccination*, vaccine*, physio*, therapy, therapist*, optician*, "
        "orthodontist*, dermatolog*, surgery, blood test, x-ray, mri, prescription*, "
        "pharmacy, arzt*, ärzt*, zahnarzt*, zahnärzt*, hausarzt*, hausärzt*, kinderarzt*, "
        "kinderärzt*, frauenarzt*, frauenärzt*, augenarzt*, augenärzt*, hautarzt*, hautärzt*, "
        "krankenhaus*, klinik*, praxis, impfung*, impftermin*, vorsorge*, therapie*, "
        "krankengymnastik, blutabnahme, röntgen*, apotheke*, orthopäd*, kieferorthopäd*, "
        "optiker*, massage",
    ),
    Known(
        "leisure",
        gettext_noop("Leisure"),
        "#8962c5",
        "🎬",
        20,
        "concert*, cinema, movie*, film*, theatre, theater*, opera, museum*, exhibition*, "
        "festival*, party, parties, dinner, brunch, drinks, bar, pub, restaurant*, "
        "game night, board game*, book club, holiday*, vacation*, trip, travel*, flight*, "
        "weekend away, beach, picnic*, barbecue, bbq, reading, gallery, choir, band, "
        "konzert*, kino*, oper, ausstellung*, feier*, fest, abendessen, essen mit, kneipe*, "
        "spieleabend*, buchclub, lesekreis, urlaub*, reise*, ausflug*, flug, strand, "
        "picknick, grillen, stammtisch, chor*, weihnachtsmarkt, kaffee mit",
    ),
    Known(
        "family",
        gettext_noop("Family"),
        "#bb5d00",
        "🏡",
        40,
        "family, mum, mom, dad, mother*, father*, grandma, grandpa, grandmother*, "
        "grandfather*, grandparents, parents, kids, kid, children, child, daughter*, son, "
        "sister*, brother*, aunt*, uncle*, cousin*, birthday*, anniversary, wedding*, school, "
        "kindergarten, nursery, babysitter*, parent teacher, playdate*, parents evening, "
        "school run, familie*, mama, papa, mutter*, vater*, oma, opa, großeltern, eltern*, "
        "kinder, kind, tochter, sohn, schwester*, bruder*, tante*, onkel*, geburtstag*, "
        "jahrestag, hochzeit*, schule, schulfest, kita*, einschulung*, elternabend*, "
        "elternsprechtag*, taufe*",
    ),
    Known(
        "fitness",
        gettext_noop("Fitness"),
        "#438f31",
        "🏃",
        50,
        "gym, workout*, yoga, pilates, run, running, jog, jogging, swim, swimming*, cycling, "
        "bike ride, hike, hiking, climbing, bouldering, tennis, football, soccer, basketball, "
        "volleyball, badminton, crossfit, spinning, marathon*, half marathon, "
        "personal trainer, stretching, rowing, martial arts, boxing, dance class, training, "
        "sport, fitness*, laufen, lauftreff*, joggen, schwimm*, radfahren, radtour*, wandern, "
        "wanderung*, klettern, bouldern, fußball*, turnen, tanzkurs*, rudern, boxen, reiten, "
        "krafttraining",
    ),
    Known("other", gettext_noop("Other"), "#737b85", "", 0, ""),
)


def known_categories(owner_id: int) -> list[Category]:
    """Return the known categories of a person, unsaved, in the active language.

    Their ids depend on the owner alone, so that events can be classified before the categories are
    stored, and an id that a client has read stays.
    """
    return [
        Category(
            id=uuid.uuid5(_NAMESPACE, f"{owner_id}/{known.slug}"),
            owner_id=owner_id,
            name=_(known.name),
            colour=known.colour,
            emoji=known.emoji,
            weight=known.weight,
            keywords=[word.strip() for word in known.keywords.split(",") if word.strip()],
            is_default=known.slug == "other",
            position=position,
        )
        for position, known in enumerate(KNOWN)
    ]
