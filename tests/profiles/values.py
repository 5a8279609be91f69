"""Values that people and programs send, with the one verdict that every gate must give."""

# ruff: noqa: RUF001 - look-alike letters are what some of these values are about

from __future__ import annotations

from dataclasses import dataclass

EACUTE_APART = "e\u0301"
EACUTE = "\u00e9"


@dataclass(frozen=True)
class Good:
    path: str
    raw: str
    normal: str


@dataclass(frozen=True)
class Bad:
    path: str
    raw: str
    code: str


GOOD = [
    Good("first_name", "Ada", "Ada"),
    Good("first_name", "  Ada \t", "Ada"),
    Good("first_name", "\u00a0Ada\u3000", "Ada"),
    Good("first_name", f"Ren{EACUTE_APART}", f"Ren{EACUTE}"),
    Good("first_name", "أحمد", "أحمد"),
    Good("first_name", "א\u200fב", "א\u200fב"),
    Good("first_name", "می\u200cخواهم", "می\u200cخواهم"),
    Good("first_name", "山田\u3000太郎", "山田\u3000太郎"),
    Good("first_name", "A" * 100, "A" * 100),
    Good("first_name", " \u3000 ", ""),
    Good("first_name", "", ""),
    Good("last_name", "O'Brien-Núñez, Jr.", "O'Brien-Núñez, Jr."),
    Good("last_name", EACUTE_APART * 100, EACUTE * 100),
    Good("display_name", "Ada 🦉", "Ada 🦉"),
    Good("display_name", "<b>Ada</b> & Co", "<b>Ada</b> & Co"),
    Good("date_of_birth", "1990-12-31", "1990-12-31"),
    Good("date_of_birth", " 2000-02-29 ", "2000-02-29"),
    Good("personal_address.street2", "c/o Lovelace\u00a0", "c/o Lovelace"),
    Good("personal_address.postal_code", "SW1A 1AA", "SW1A 1AA"),
    Good("work_address.city", "Köln", "Köln"),
    Good("emergency_contact.name", "Charles Babbage", "Charles Babbage"),
    Good("bio", "One.\r\nTwo.\rThree.", "One.\nTwo.\nThree."),
    Good("bio", "\n\n a\tb \n", "a\tb"),
    Good("bio", "b" * 2000, "b" * 2000),
    Good("work_email", "ada@example.com", "ada@example.com"),
    Good("work_email", " Ada.Lovelace+x@EXAMPLE.Com ", "Ada.Lovelace+x@example.com"),
    Good("work_email", "ada@bücher.example", "ada@bücher.example"),
    Good("work_email", "ada@BÜCHER.Example", "ada@bücher.example"),
    Good("work_email", "ada@ｅｘａｍｐｌｅ.com", "ada@example.com"),
    Good("work_email", "ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
    Good("emergency_contact.email", "c_b@sub.example.co.uk", "c_b@sub.example.co.uk"),
    Good("preferred_contact_method", "sms", "sms"),
    Good("preferred_contact_method", " Work_Email ", "work_email"),
    Good("website", "https://example.com", "https://example.com"),
    Good("website", "HTTP://Example.COM:8080/A?b=C#d", "http://example.com:8080/A?b=C#d"),
    Good("website", "https://bücher.example/über", "https://bücher.example/über"),
    Good("timezone", "Europe/Berlin", "Europe/Berlin"),
    Good("timezone", "america/argentina/buenos_aires", "America/Argentina/Buenos_Aires"),
    Good("timezone", "America/Port-au-Prince", "America/Port-au-Prince"),
    Good("timezone", "UTC", "UTC"),
    Good("timezone", "Etc/GMT+5", "Etc/GMT+5"),
    Good("language", "en", "en"),
    Good("language", "PT-br", "pt-BR"),
    Good("language", "en_us", "en-US"),
    Good("language", "ZH-hant-tw", "zh-Hant-TW"),
    Good("language", "es-419", "es-419"),
    Good("language", "sl-ROZAJ-1994", "sl-rozaj-1994"),
    Good("language", "de-DE-u-CO-phonebk", "de-DE-u-co-phonebk"),
    Good("language", "en-x-US", "en-x-us"),
]

BAD = [
    Bad("first_name", "A" * 101, "too_long"),
    Bad("first_name", "A\nB", "control_character"),
    Bad("first_name", "A\tB", "control_character"),
    Bad("first_name", "A\x00B", "control_character"),
    Bad("first_name", "A\x1bB", "control_character"),
    Bad("first_name", "A\x85B", "control_character"),
    Bad("first_name", "A\u2028B", "control_character"),
    Bad("first_name", "\u202eadA", "bidi_control"),
    Bad("display_name", "A\u2066B\u2069", "bidi_control"),
    Bad("emergency_contact.name", "A\u202bB", "bidi_control"),
    Bad("personal_address.postal_code", "1" * 21, "too_long"),
    Bad("bio", "b" * 2001, "too_long"),
    Bad("bio", "a\x07b", "control_character"),
    Bad("bio", "line\n\u202dline", "bidi_control"),
    Bad("date_of_birth", "2023-02-29", "invalid_date"),
    Bad("date_of_birth", "99/99/2024", "invalid_date"),
    Bad("date_of_birth", "yesteryear", "invalid_date"),
    Bad("date_of_birth", "9999-12-31", "date_in_future"),
    Bad("date_of_birth", "1850-01-01", "date_too_old"),
    Bad("work_email", "ada", "invalid_email"),
    Bad("work_email", "ada@example", "invalid_email"),
    Bad("work_email", "ada@localhost", "invalid_email"),
    Bad("work_email", "@example.com", "invalid_email"),
    Bad("work_email", "ada@@example.com", "invalid_email"),
    Bad("work_email", "a..b@example.com", "invalid_email"),
    Bad("work_email", ".a@example.com", "invalid_email"),
    Bad("work_email", "ada@-example.com", "invalid_email"),
    Bad("work_email", "ada@example..com", "invalid_email"),
    Bad("work_email", "Ada <ada@example.com>", "invalid_email"),
    Bad("work_email", '"ada l"@example.com', "invalid_email"),
    Bad("work_email", "ada@example.com, bob@example.com", "invalid_email"),
    Bad("work_email", "ada@[192.0.2.1]", "invalid_email"),
    Bad("work_email", "a" * 250 + "@example.com", "too_long"),
    Bad("emergency_contact.email", "ada@exam ple.com", "invalid_email"),
    Bad("preferred_contact_method", "pigeon", "invalid_choice"),
    Bad("website", "example.com", "invalid_url"),
    Bad("website", "ftp://example.com", "invalid_url"),
    Bad("website", "javascript:alert(1)", "invalid_url"),
    Bad("website", "data:text/html,x", "invalid_url"),
    Bad("website", "https://", "invalid_url"),
    Bad("website", "https://user:secret@example.com", "invalid_url"),
    Bad("website", "https://user@example.com", "invalid_url"),
    Bad("website", "https://exam ple.com", "invalid_url"),
    Bad("website", "https://[::1", "invalid_url"),
    Bad("website", "https://example.com/" + "a" * 300, "too_long"),
    Bad("timezone", "Mars/Olympus", "invalid_time_zone"),
    Bad("timezone", "PST", "invalid_time_zone"),
    Bad("timezone", "UTC+3", "invalid_time_zone"),
    Bad("timezone", "+03:00", "invalid_time_zone"),
    Bad("timezone", "../etc/passwd", "invalid_time_zone"),
    Bad("timezone", "localtime", "invalid_time_zone"),
    Bad("language", "English", "invalid_language"),
    Bad("language", "e", "invalid_language"),
    Bad("language", "en-", "invalid_language"),
    Bad("language", "en--US", "invalid_language"),
    Bad("language", "en-US-", "invalid_language"),
    Bad("language", "en-u", "invalid_language"),
    Bad("language", "dе", "invalid_language"),
]
