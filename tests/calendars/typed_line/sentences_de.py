"""German sentences and their meaning, written before the grammar.

Several are from public trackers: duckling#329 ("übernächste Woche"), khal#169, planify#1084.
"""

# ruff: noqa: E501

from __future__ import annotations

from tests.calendars.typed_line.sentences import read_table

# fmt: off
SENTENCES = read_table(zone="Europe/Berlin", language="de", table="""
// Tage
Zahnarzt heute | Zahnarzt | 2026-05-06 | -
Zahnarzt morgen | Zahnarzt | 2026-05-07 | -
Morgen Zahnarzt | Zahnarzt | 2026-05-07 | -
Zahnarzt übermorgen | Zahnarzt | 2026-05-08 | -
Zahnarzt uebermorgen | Zahnarzt | 2026-05-08 | -
Zahnarzt am Dienstag | Zahnarzt | 2026-05-12 | -
Zahnarzt Di | Zahnarzt | 2026-05-12 | -
Mo 9 Uhr Zahnarzt | Zahnarzt | 2026-05-11 9:00 | -
Zahnarzt nächsten Dienstag | Zahnarzt | 2026-05-12 | -
Zahnarzt nächsten Freitag | Zahnarzt | 2026-05-15 | ask=which-week or=2026-05-08
Zahnarzt kommenden Freitag | Zahnarzt | 2026-05-08 | -
Zahnarzt diesen Freitag | Zahnarzt | 2026-05-08 | -
Zahnarzt Mittwoch | Zahnarzt | 2026-05-06 | ask=which-week or=2026-05-13
Zahnarzt nächste Woche Freitag | Zahnarzt | 2026-05-15 | -
Zahnarzt Freitag nächster Woche | Zahnarzt | 2026-05-15 | -
Zahnarzt übernächste Woche Freitag | Zahnarzt | 2026-05-22 | -
Zahnarzt übernächsten Dienstag | Zahnarzt | 2026-05-19 | -
Zahnarzt Freitag in einer Woche | Zahnarzt | 2026-05-15 | -
Zahnarzt heute in einer Woche | Zahnarzt | 2026-05-13 | -
Konferenz 12. Mai | Konferenz | 2026-05-12 | -
Konferenz am 12. Mai 2027 | Konferenz | 2027-05-12 | -
Konferenz am 12.5. | Konferenz | 2026-05-12 | -
Konferenz am 12.5 | Konferenz | 2026-05-12 | -
Konferenz 12.05.2027 | Konferenz | 2027-05-12 | -
Konferenz 12.5.27 | Konferenz | 2027-05-12 | -
Konferenz 2027-05-12 | Konferenz | 2027-05-12 | -
Konferenz am Dienstag, den 12. Mai | Konferenz | 2026-05-12 | -
Konferenz Di, 12.5. | Konferenz | 2026-05-12 | -
Konferenz Montag, 12.5. | Konferenz | 2026-05-12 | ask=weekday-mismatch or=2026-05-11
Konferenz am 20. | Konferenz | 2026-05-20 | -
Miete am 3. | Miete | 2026-06-03 | -
Konferenz am zwölften Mai | Konferenz | 2026-05-12 | -
Steuer 15. April | Steuer | 2027-04-15 | ask=next-year or=2026-04-15
Visum in 3 Tagen | Visum | 2026-05-09 | -
Visum in zwei Wochen | Visum | 2026-05-20 | -
Visum in einem Monat | Visum | 2026-06-06 | -
Bericht Ende des Monats | Bericht | 2026-05-31 | -
Bericht zum Monatsende | Bericht | 2026-05-31 | -
Bericht Ende Mai | Bericht | 2026-05-31 | -
Wandern am Wochenende | Wandern | 2026-05-09..2026-05-10 | -
Wandern nächstes Wochenende | Wandern | 2026-05-16..2026-05-17 | ask=which-week or=2026-05-09
Urlaub nächste Woche | Urlaub | 2026-05-11..2026-05-17 | ask=whole-week or=2026-05-11
Urlaub übernächste Woche | Urlaub | 2026-05-18..2026-05-24 | ask=whole-week or=2026-05-18
Rechnung bezahlt gestern | Rechnung bezahlt | 2026-05-05 | ask=past
Konferenz am 3/4 | Konferenz | 2027-04-03 | ask=day-order,next-year or=2027-03-04

// Spannen von Tagen
Klausur Mo-Mi | Klausur | 2026-05-11..2026-05-13 | -
Klausur Montag bis Mittwoch | Klausur | 2026-05-11..2026-05-13 | -
Klausur von Freitag bis Sonntag | Klausur | 2026-05-08..2026-05-10 | -
Klausur 12.-14. Mai | Klausur | 2026-05-12..2026-05-14 | -
Klausur vom 12. bis 14. Mai | Klausur | 2026-05-12..2026-05-14 | -
Klausur 12.-14.5. | Klausur | 2026-05-12..2026-05-14 | -
Klausur 12.5.-14.5. | Klausur | 2026-05-12..2026-05-14 | -
Klausur 28. Mai bis 2. Juni | Klausur | 2026-05-28..2026-06-02 | -
Skifahren 30.12. - 2.1. | Skifahren | 2026-12-30..2027-01-02 | -
Klausur morgen für 2 Tage | Klausur | 2026-05-07..2026-05-08 | -
Urlaub ab 1. Juni für zwei Wochen | Urlaub | 2026-06-01..2026-06-14 | -
Tagung von Montag 9 Uhr bis Mittwoch 17 Uhr | Tagung | 2026-05-11 9:00..2026-05-13 17:00 | -

// Zeiten
Mittagessen morgen 12:30 | Mittagessen | 2026-05-07 12:30 | -
Mittagessen morgen 12.30 Uhr | Mittagessen | 2026-05-07 12:30 | -
Mittagessen morgen um 12.30 | Mittagessen | 2026-05-07 12:30 | -
Essen morgen Mittag | Essen | 2026-05-07 12:00 | -
Feuerwerk morgen um Mitternacht | Feuerwerk | 2026-05-08 0:00 | ask=midnight or=2026-05-07T00:00
Anruf 17 Uhr | Anruf | 2026-05-06 17:00 | -
Anruf um 17 Uhr 30 | Anruf | 2026-05-06 17:30 | -
Anruf um 5 | Anruf | 2026-05-06 17:00 | ask=hour or=2026-05-07T05:00
Anruf morgen um 5 Uhr | Anruf | 2026-05-07 5:00 | ask=hour or=2026-05-07T17:00
Anruf morgen um 9 | Anruf | 2026-05-07 9:00 | -
Anruf um 9 Uhr | Anruf | 2026-05-07 9:00 | ask=tomorrow or=2026-05-06T09:00
Anruf heute um 9 Uhr | Anruf | 2026-05-06 9:00 | ask=past
Anruf morgen 9h | Anruf | 2026-05-07 9:00 | -
Anruf morgen 14h30 | Anruf | 2026-05-07 14:30 | -
Anruf morgen halb drei | Anruf | 2026-05-07 14:30 | ask=hour or=2026-05-07T02:30
Anruf morgen um halb 10 | Anruf | 2026-05-07 9:30 | ask=hour or=2026-05-07T21:30
Anruf morgen viertel nach neun | Anruf | 2026-05-07 9:15 | ask=hour or=2026-05-07T21:15
Anruf morgen dreiviertel acht | Anruf | 2026-05-07 7:45 | ask=hour or=2026-05-07T19:45
Anruf morgen viertel vor acht abends | Anruf | 2026-05-07 19:45 | -
Anruf morgen zehn nach drei nachmittags | Anruf | 2026-05-07 15:10 | -
Anruf morgen fünf vor halb vier | Anruf | 2026-05-07 15:25 | ask=hour or=2026-05-07T03:25
Abendessen morgen Abend um 8 | Abendessen | 2026-05-07 20:00 | -
Abendessen heute Abend 19:30 | Abendessen | 2026-05-06 19:30 | -
Sport morgen früh | Sport | 2026-05-07 9:00 | ask=daypart
Sport Dienstag Abend | Sport | 2026-05-12 19:00 | ask=daypart
Sport morgen um 7 Uhr früh | Sport | 2026-05-07 7:00 | -
Sport um 8 Uhr abends | Sport | 2026-05-06 20:00 | -
Pause in 20 Minuten | Pause | 2026-05-06 10:20 | -
Pause in einer Stunde | Pause | 2026-05-06 11:00 | -
Pause in einer halben Stunde | Pause | 2026-05-06 10:30 | -
9.5. 14 Uhr Hochzeit | Hochzeit | 2026-05-09 14:00 | -

// Spannen und Dauern
Runde morgen 9-10:30 | Runde | 2026-05-07 9:00..10:30 | -
Runde morgen von 9 bis 11 Uhr | Runde | 2026-05-07 9:00..11:00 | -
Runde morgen 9 Uhr bis 11 Uhr | Runde | 2026-05-07 9:00..11:00 | -
Runde morgen 14-16 Uhr | Runde | 2026-05-07 14:00..16:00 | -
Runde morgen 9.30-11.15 Uhr | Runde | 2026-05-07 9:30..11:15 | -
Runde morgen zwischen 14 und 16 Uhr | Runde | 2026-05-07 14:00..16:00 | -
Runde morgen von 2 bis 4 | Runde | 2026-05-07 14:00..16:00 | ask=hour or=2026-05-07T02:00
Nachtschicht morgen von 22 bis 6 Uhr | Nachtschicht | 2026-05-07 22:00..2026-05-08 6:00 | -
Party Samstag 20 Uhr bis 2 Uhr | Party | 2026-05-09 20:00..2026-05-10 2:00 | -
Anruf morgen 15 Uhr für 1h | Anruf | 2026-05-07 15:00..16:00 | -
Anruf morgen 15 Uhr, 90 min | Anruf | 2026-05-07 15:00..16:30 | -
Anruf morgen 15 Uhr eineinhalb Stunden | Anruf | 2026-05-07 15:00..16:30 | -
Anruf morgen 15 Uhr anderthalb Stunden lang | Anruf | 2026-05-07 15:00..16:30 | -
Anruf morgen 15 Uhr für zweieinhalb Stunden | Anruf | 2026-05-07 15:00..17:30 | -
Anruf morgen 15 Uhr für 1,5 Stunden | Anruf | 2026-05-07 15:00..16:30 | -
Anruf morgen 15 Uhr für eine halbe Stunde | Anruf | 2026-05-07 15:00..15:30 | -
Anruf morgen 15 Uhr für eine Dreiviertelstunde | Anruf | 2026-05-07 15:00..15:45 | -
Anruf morgen 15 Uhr für 1 Stunde 15 Minuten | Anruf | 2026-05-07 15:00..16:15 | -
Anruf morgen 15 Uhr 1h30 | Anruf | 2026-05-07 15:00..16:30 | -
Anna anrufen für 30 Minuten morgen | Anna anrufen für 30 Minuten | 2026-05-07 | ask=no-time

// Wiederholung
Yoga jeden zweiten Dienstag bis Juni | Yoga | 2026-05-12 | rule=FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;UNTIL=2026-05-31 ask=month-limit
Yoga jeden Dienstag 18 Uhr | Yoga | 2026-05-12 18:00 | rule=FREQ=WEEKLY;BYDAY=TU
Yoga jeden Dienstag und Donnerstag um 18:30 | Yoga | 2026-05-07 18:30 | rule=FREQ=WEEKLY;BYDAY=TU,TH
Yoga dienstags 18-19:30 Uhr | Yoga | 2026-05-12 18:00..19:30 | rule=FREQ=WEEKLY;BYDAY=TU
Yoga montags und mittwochs | Yoga | 2026-05-06 | rule=FREQ=WEEKLY;BYDAY=MO,WE
Besprechung täglich um 9:30 | Besprechung | 2026-05-07 9:30 | rule=FREQ=DAILY
Besprechung jeden Tag um 11 Uhr | Besprechung | 2026-05-06 11:00 | rule=FREQ=DAILY
Besprechung werktags 11:15 | Besprechung | 2026-05-06 11:15 | rule=FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR ask=workdays
Besprechung montags bis freitags 11:15 | Besprechung | 2026-05-06 11:15 | rule=FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR
Brunch jedes Wochenende | Brunch | 2026-05-09 | rule=FREQ=WEEKLY;BYDAY=SA,SU
Pflanzen gießen alle 3 Tage | Pflanzen gießen | 2026-05-06 | rule=FREQ=DAILY;INTERVAL=3
Pflanzen gießen jeden zweiten Tag | Pflanzen gießen | 2026-05-06 | rule=FREQ=DAILY;INTERVAL=2
Planung alle zwei Wochen am Dienstag um 12 Uhr | Planung | 2026-05-12 12:00 | rule=FREQ=WEEKLY;INTERVAL=2;BYDAY=TU
Planung alle 14 Tage ab 11. Mai | Planung | 2026-05-11 | rule=FREQ=DAILY;INTERVAL=14
Planung jede zweite Woche ab 11. Mai | Planung | 2026-05-11 | rule=FREQ=WEEKLY;INTERVAL=2
Miete jeden Monat am 15. | Miete | 2026-05-15 | rule=FREQ=MONTHLY;BYMONTHDAY=15
Miete am 15. jedes Monats | Miete | 2026-05-15 | rule=FREQ=MONTHLY;BYMONTHDAY=15
Miete monatlich am 15. | Miete | 2026-05-15 | rule=FREQ=MONTHLY;BYMONTHDAY=15
Miete am letzten Tag jedes Monats | Miete | 2026-05-31 | rule=FREQ=MONTHLY;BYMONTHDAY=-1
Vorstand jeden ersten Montag im Monat 19 Uhr | Vorstand | 2026-06-01 19:00 | rule=FREQ=MONTHLY;BYDAY=1MO
Vorstand am ersten Montag jedes Monats 19 Uhr | Vorstand | 2026-06-01 19:00 | rule=FREQ=MONTHLY;BYDAY=1MO
Stammtisch jeden letzten Freitag im Monat um 17 Uhr | Stammtisch | 2026-05-29 17:00 | rule=FREQ=MONTHLY;BYDAY=-1FR
Stammtisch jeden zweiten Dienstag im Monat | Stammtisch | 2026-05-12 | rule=FREQ=MONTHLY;BYDAY=2TU
Stammtisch jeden dritten Donnerstag | Stammtisch | 2026-05-07 | rule=FREQ=WEEKLY;INTERVAL=3;BYDAY=TH ask=nth-weekday
Umsatzsteuer vierteljährlich ab 10. Mai | Umsatzsteuer | 2026-05-10 | rule=FREQ=MONTHLY;INTERVAL=3
Geburtstag von Ann jährlich am 12. Mai | Geburtstag von Ann | 2026-05-12 | rule=FREQ=YEARLY
Geburtstag von Ann jedes Jahr am 3. Mai | Geburtstag von Ann | 2027-05-03 | rule=FREQ=YEARLY
Kurs Dienstag 18 Uhr wöchentlich 5-mal | Kurs | 2026-05-12 18:00 | rule=FREQ=WEEKLY;COUNT=5
Kurs jeden Dienstag 18 Uhr dreimal | Kurs | 2026-05-12 18:00 | rule=FREQ=WEEKLY;BYDAY=TU;COUNT=3
Kurs jeden Dienstag 18 Uhr bis 30. Juni | Kurs | 2026-05-12 18:00 | rule=FREQ=WEEKLY;BYDAY=TU;UNTIL=2026-06-30
Kurs jeden Dienstag bis Ende Juni | Kurs | 2026-05-12 | rule=FREQ=WEEKLY;BYDAY=TU;UNTIL=2026-06-30
Kurs jeden Dienstag für 6 Wochen | Kurs | 2026-05-12 | rule=FREQ=WEEKLY;BYDAY=TU;UNTIL=2026-06-22
Kurs jeden Dienstag 18 Uhr für 2 Stunden | Kurs | 2026-05-12 18:00..20:00 | rule=FREQ=WEEKLY;BYDAY=TU

// Orte, Menschen, Kalender
Essen bei Luigi morgen 12:30 | Essen | 2026-05-07 12:30 | place=Luigi
Essen morgen 12:30 im Café Central | Essen | 2026-05-07 12:30 | place=Café_Central
Treffen in Raum 5 morgen um 9 Uhr | Treffen | 2026-05-07 9:00 | place=Raum_5
Treffen morgen um 9 Uhr in der Bibliothek | Treffen | 2026-05-07 9:00 | place=Bibliothek
Essen @Luigi morgen 13 Uhr | Essen | 2026-05-07 13:00 | place=Luigi
Feier Samstag zu Hause | Feier | 2026-05-09 | place=zu_Hause
Treffen in zwei Wochen in Bad Homburg | Treffen | 2026-05-20 | place=Bad_Homburg
Essen mit Anna morgen um 12 | Essen | 2026-05-07 12:00 | people=anna
Essen mit Anna und Bob morgen um 12 | Essen | 2026-05-07 12:00 | people=anna,bob
Essen mit Anna, Bob und clara@example.org morgen | Essen | 2026-05-07 | people=anna,bob,clara
Essen mit Zoltan morgen | Essen mit Zoltan | 2026-05-07 | ask=unknown-person
Essen mit Chris morgen | Essen mit Chris | 2026-05-07 | ask=several-people
Bericht 17 Uhr #work | Bericht | 2026-05-06 17:00 | tag=calendar:Work
Laufen morgen #Sport um 18 Uhr | Laufen | 2026-05-07 18:00 | tag=category:Sport
Laufen morgen #nichts | Laufen #nichts | 2026-05-07 | ask=unknown-tag

// Anführungszeichen und Zonen
„Montag anrufen“ morgen 15 Uhr | Montag anrufen | 2026-05-07 15:00 | -
Lesung „Morgen ist gestern“ morgen 20 Uhr | Lesung „Morgen ist gestern“ | 2026-05-07 20:00 | -
Anruf morgen 15 Uhr Tokioter Zeit | Anruf | 2026-05-07 15:00 | in=Asia/Tokyo
Anruf morgen 14:00 UTC | Anruf | 2026-05-07 14:00 | in=UTC
Anruf Sonntag 2:30 | Anruf | 2027-03-28 3:30 | now=2027-03-24T10:00 ask=hour,skipped-hour
Anruf Sonntag 02:30 | Anruf | 2026-10-25 2:30 | now=2026-10-21T10:00 ask=occurs-twice

// Die andere Sprache
Dentist tomorrow at 3pm | Dentist | 2026-05-07 15:00 | -
Yoga every Tuesday at 18:00 | Yoga | 2026-05-12 18:00 | rule=FREQ=WEEKLY;BYDAY=TU

// Nichts, oder weniger als es scheint
Sun cream kaufen | Sun cream kaufen | - | -
Route 66 planen | Route 66 planen | - | -
So ein Mist | So ein Mist | - | -
Do it yourself Markt | Do it yourself Markt | - | -
Mi casa es su casa | Mi casa es su casa | - | -
Guten Morgen sagen | Guten Morgen sagen | - | -
Morgenmantel kaufen | Morgenmantel kaufen | - | -
Maibaum aufstellen | Maibaum aufstellen | - | -
Montagearbeiten prüfen | Montagearbeiten prüfen | - | -
Sonntagsbraten planen | Sonntagsbraten planen | - | -
heute-show schauen | heute-show schauen | - | -
Kapitel 9-10 lesen | Kapitel 9-10 lesen | - | -
Treffen mit 3 Leuten | Treffen mit 3 Leuten | - | -
In Ruhe lesen | In Ruhe lesen | - | -
Morgen in Ruhe lesen | in Ruhe lesen | 2026-05-07 | -
Kuchen mit Liebe backen | Kuchen mit Liebe backen | - | -
7 Zwerge | 7 Zwerge | - | -
12.5 km laufen | 12.5 km laufen | - | -
Windows 11 installieren | Windows 11 installieren | - | -
Ocean's 12 morgen 20 Uhr | Ocean's 12 | 2026-05-07 20:00 | -
Dreimal klingeln | Dreimal klingeln | - | -
Urlaub im Mai | Urlaub im Mai | - | ask=no-day
Bei Luigi morgen | Bei Luigi | 2026-05-07 | -
Milch kaufen | Milch kaufen | - | -
31.2. Feier | 31.2. Feier | - | -

// Dazugekommen, als die Grammatik ausprobiert wurde
Besprechung am Montag, dem 18. Mai um 10 Uhr | Besprechung | 2026-05-18 10:00 | -
Sport Mo, Mi und Fr 7 Uhr | Sport | 2026-05-08 7:00 | rule=FREQ=WEEKLY;BYDAY=MO,WE,FR ask=several-days
Wandern Samstag und Sonntag | Wandern | 2026-05-09..2026-05-10 | ask=several-days
Yoga dienstags 18 Uhr ab 2. Juni bis 28. Juli | Yoga | 2026-06-02 18:00 | rule=FREQ=WEEKLY;BYDAY=TU;UNTIL=2026-07-28
Backup jede Nacht um 3 Uhr | Backup | 2026-05-07 3:00 | rule=FREQ=DAILY
Müll rausbringen jeden Mittwoch früh | Müll rausbringen | 2026-05-13 9:00 | rule=FREQ=WEEKLY;BYDAY=WE ask=daypart
Fortbildung 11. und 12. Mai | Fortbildung | 2026-05-11..2026-05-12 | -
Ausflug 16./17. Mai | Ausflug | 2026-05-16..2026-05-17 | -
Arbeitskreis jeden 2. und 4. Dienstag im Monat 18 Uhr | Arbeitskreis | 2026-05-12 18:00 | rule=FREQ=MONTHLY;BYDAY=2TU,4TU
Sitzung am ersten Montag im Juni 18 Uhr | Sitzung | 2026-06-01 18:00 | -
Frühstück morgen 9 | Frühstück | 2026-05-07 9:00 | ask=bare-hour
Abgabe übermorgen bis 12 Uhr | Abgabe bis 12 Uhr | 2026-05-08 | ask=only-end
Essen um acht bei Oma | Essen | 2026-05-07 8:00 | place=Oma ask=hour,tomorrow or=2026-05-06T20:00
Urlaub vom 1. bis zum 14. August | Urlaub | 2026-08-01..2026-08-14 | -
Konzert am Freitag, 20 Uhr, in der Philharmonie | Konzert | 2026-05-08 20:00 | place=Philharmonie
Kurs ab 2. Juni jeden Dienstag um 18 Uhr 8 mal | Kurs | 2026-06-02 18:00 | rule=FREQ=WEEKLY;BYDAY=TU;COUNT=8
Urlaub bis Freitag | Urlaub bis Freitag | - | ask=only-end
Yoga bis 30. Juni jeden Dienstag 18 Uhr | Yoga | 2026-05-12 18:00 | rule=FREQ=WEEKLY;BYDAY=TU;UNTIL=2026-06-30
Bericht morgen #"Home Office" | Bericht | 2026-05-07 | tag=calendar:Home_Office
Fr. Müller anrufen | Fr. Müller anrufen | - | -
Jeder Tag zählt | Jeder Tag zählt | - | -
Ab ins Bett | Ab ins Bett | - | -
Einmal im Leben | Einmal im Leben | - | -
Kurs jeden Montag Dienstag, den 2. Juni 12:00 | Kurs | 2026-06-08 12:00 | rule=FREQ=WEEKLY;BYDAY=MO
Treffen um 5 am Dienstag | Treffen | 2026-05-12 17:00 | ask=hour
Treffen in Raum 5 am 1. Juni 2026 | Treffen | 2026-06-01 | place=Raum_5
Treffen morgen 5am | Treffen | 2026-05-07 5:00 | -
""")
