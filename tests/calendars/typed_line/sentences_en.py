"""English sentences and their meaning, written before the grammar.

Several are from public trackers: donetick#62 ("monitor" is not Monday), planify#2110 ("paprika" is
not April), super-productivity#2347 (Friday as a name), vikunja#2392 (quotes protect), itsycal#193
and #310, raycast#23911, chrono#117, khal#1281, natty#50 and datejs#225 ("next Friday").
"""

# ruff: noqa: E501, RUF001

from __future__ import annotations

from tests.calendars.typed_line.sentences import read_table

# fmt: off
SENTENCES = read_table(zone="America/New_York", language="en", table="""
// Days
Lunch today | Lunch | 2026-05-06 | -
Lunch tomorrow | Lunch | 2026-05-07 | -
Tomorrow dentist | dentist | 2026-05-07 | -
Dentist the day after tomorrow | Dentist | 2026-05-08 | -
Dentist overmorrow | Dentist | 2026-05-08 | -
Trip Tuesday | Trip | 2026-05-12 | -
Trip on Tue | Trip | 2026-05-12 | -
Trip on Friday | Trip | 2026-05-08 | -
Trip this Friday | Trip | 2026-05-08 | -
Trip coming Friday | Trip | 2026-05-08 | -
Review next Tuesday | Review | 2026-05-12 | -
Review next Friday | Review | 2026-05-15 | ask=which-week or=2026-05-08
Review next Wednesday | Review | 2026-05-13 | -
Review Wednesday | Review | 2026-05-06 | ask=which-week or=2026-05-13
Review Tuesday next week | Review | 2026-05-12 | -
Review next week Friday | Review | 2026-05-15 | -
Review Friday week | Review | 2026-05-15 | -
Review a week on Friday | Review | 2026-05-15 | -
Conference 12 May | Conference | 2026-05-12 | -
Conference May 12th | Conference | 2026-05-12 | -
Conference on the 12th of May | Conference | 2026-05-12 | -
Conference May 12, 2027 | Conference | 2027-05-12 | -
Conference 2027-05-12 | Conference | 2027-05-12 | -
Conference on 12.05.2027 | Conference | 2027-05-12 | -
Conference Tuesday 12 May | Conference | 2026-05-12 | -
Conference Tue, May 12 | Conference | 2026-05-12 | -
Conference Monday 12 May | Conference | 2026-05-12 | ask=weekday-mismatch or=2026-05-11
Conference on the 20th | Conference | 2026-05-20 | -
Rent on the 3rd | Rent | 2026-06-03 | -
Taxes 15 April | Taxes | 2027-04-15 | ask=next-year or=2026-04-15
Renew visa in two weeks | Renew visa | 2026-05-20 | -
Renew visa in 3 days | Renew visa | 2026-05-09 | -
Renew visa in a month | Renew visa | 2026-06-06 | -
Renew visa two weeks from today | Renew visa | 2026-05-20 | -
Report end of month | Report | 2026-05-31 | -
Report at the end of May | Report | 2026-05-31 | -
Hiking this weekend | Hiking | 2026-05-09..2026-05-10 | -
Hiking next weekend | Hiking | 2026-05-16..2026-05-17 | ask=which-week or=2026-05-09
Vacation next week | Vacation | 2026-05-11..2026-05-17 | ask=whole-week or=2026-05-11
Paid the bill yesterday | Paid the bill | 2026-05-05 | ask=past
Conference on 3/4 | Conference | 2027-04-03 | ask=day-order,next-year or=2027-03-04
Conference on 3/4 | Conference | 2027-03-04 | ask=day-order,next-year lang=en-US or=2027-04-03
Conference on 12/25 | Conference | 2026-12-25 | lang=en-US
Conference on 25/12/2026 | Conference | 2026-12-25 | lang=en-US
Conference 6/7/2026 | Conference | 2026-06-07 | lang=en-US ask=day-order or=2026-07-06
Conference on 5/5/2027 | Conference | 2027-05-05 | -

// Spans of days
Retreat Mon-Wed | Retreat | 2026-05-11..2026-05-13 | -
Retreat Monday to Wednesday | Retreat | 2026-05-11..2026-05-13 | -
Retreat from Friday to Sunday | Retreat | 2026-05-08..2026-05-10 | -
Retreat 12-14 May | Retreat | 2026-05-12..2026-05-14 | -
Retreat May 12-14 | Retreat | 2026-05-12..2026-05-14 | -
Retreat from 12 to 14 May | Retreat | 2026-05-12..2026-05-14 | -
Retreat 28 May - 2 June | Retreat | 2026-05-28..2026-06-02 | -
Skiing Dec 30 - Jan 2 | Skiing | 2026-12-30..2027-01-02 | -
Retreat 2027-05-12 to 2027-05-14 | Retreat | 2027-05-12..2027-05-14 | -
Retreat tomorrow for 2 days | Retreat | 2026-05-07..2026-05-08 | -
Holiday from 1 June for two weeks | Holiday | 2026-06-01..2026-06-14 | -
Offsite Monday 9am to Wednesday 5pm | Offsite | 2026-05-11 9:00..2026-05-13 17:00 | -

// Times
Lunch tomorrow 12:30 | Lunch | 2026-05-07 12:30 | -
Lunch tomorrow at noon | Lunch | 2026-05-07 12:00 | -
Lunch tomorrow at 12 | Lunch | 2026-05-07 12:00 | -
Fireworks tomorrow at midnight | Fireworks | 2026-05-08 0:00 | ask=midnight or=2026-05-07T00:00
Call 5pm | Call | 2026-05-06 17:00 | -
Call 5 p.m. | Call | 2026-05-06 17:00 | -
Call at 5:30 pm today | Call | 2026-05-06 17:30 | -
Call at 5 | Call | 2026-05-06 17:00 | ask=hour or=2026-05-07T05:00
Call tomorrow at 5 | Call | 2026-05-07 17:00 | ask=hour or=2026-05-07T05:00
Call at 9 | Call | 2026-05-07 9:00 | ask=hour,tomorrow or=2026-05-06T21:00
Call today at 9 | Call | 2026-05-06 21:00 | ask=hour or=2026-05-06T09:00
Call at 9 am | Call | 2026-05-07 9:00 | ask=tomorrow or=2026-05-06T09:00
Call tomorrow 09:15 | Call | 2026-05-07 9:15 | -
Call tomorrow 9:15 | Call | 2026-05-07 9:15 | ask=hour or=2026-05-07T21:15
Call tomorrow 9:15 | Call | 2026-05-07 9:15 | clock=24
Call 15:00 | Call | 2026-05-06 15:00 | -
Call at 1500 hours | Call | 2026-05-06 15:00 | -
Call tomorrow at 9 o'clock | Call | 2026-05-07 9:00 | ask=hour or=2026-05-07T21:00
Call tomorrow at half past two | Call | 2026-05-07 14:30 | ask=hour or=2026-05-07T02:30
Call tomorrow at quarter to 9 am | Call | 2026-05-07 8:45 | -
Call tomorrow at ten past three pm | Call | 2026-05-07 15:10 | -
Dinner tomorrow evening at 8 | Dinner | 2026-05-07 20:00 | -
Dinner tonight at 8 | Dinner | 2026-05-06 20:00 | -
Dinner at 8 tonight | Dinner | 2026-05-06 20:00 | -
Gym tomorrow morning | Gym | 2026-05-07 9:00 | ask=daypart
Gym at 7 in the morning | Gym | 2026-05-07 7:00 | ask=tomorrow
Walk Sunday 3 in the afternoon | Walk | 2026-05-10 15:00 | -
Stretch in 20 minutes | Stretch | 2026-05-06 10:20 | -
Stretch in an hour | Stretch | 2026-05-06 11:00 | -
Stretch in 2 hours for 30 min | Stretch | 2026-05-06 12:00..12:30 | -
At 7:40 PM, remember about unit tests | remember about unit tests | 2026-05-06 19:40 | -
Lunch with the team, tomorrow, 12:30 | Lunch with the team | 2026-05-07 12:30 | -
9 May 14:00 Wedding | Wedding | 2026-05-09 14:00 | -

// Spans of time and durations
Standup tomorrow 9-10:30 | Standup | 2026-05-07 9:00..10:30 | ask=hour or=2026-05-07T21:00
Standup tomorrow from 9 to 11 am | Standup | 2026-05-07 9:00..11:00 | -
Standup tomorrow from 9am to 11am | Standup | 2026-05-07 9:00..11:00 | -
Standup tomorrow 2-3pm | Standup | 2026-05-07 14:00..15:00 | -
Standup tomorrow 11-1pm | Standup | 2026-05-07 11:00..13:00 | -
Standup tomorrow 10am-2 | Standup | 2026-05-07 10:00..14:00 | -
Shift tomorrow 9-5 | Shift | 2026-05-07 9:00..17:00 | ask=hour or=2026-05-07T21:00
Shift tomorrow 13:00–14:15 | Shift | 2026-05-07 13:00..14:15 | -
Shift tomorrow between 2pm and 4pm | Shift | 2026-05-07 14:00..16:00 | -
Party Saturday 8pm - 2am | Party | 2026-05-09 20:00..2026-05-10 2:00 | -
Night shift tomorrow 22:00-06:00 | Night shift | 2026-05-07 22:00..2026-05-08 6:00 | -
Go to the theater tomorrow 20PM-21PM | Go to the theater | 2026-05-07 20:00..21:00 | -
Call tomorrow 3pm for 1h | Call | 2026-05-07 15:00..16:00 | -
Call tomorrow 3pm for 90 min | Call | 2026-05-07 15:00..16:30 | -
Call tomorrow 3pm 1h30 | Call | 2026-05-07 15:00..16:30 | -
Call tomorrow 3pm for an hour and a half | Call | 2026-05-07 15:00..16:30 | -
Call tomorrow 3pm for half an hour | Call | 2026-05-07 15:00..15:30 | -
Call tomorrow 3pm for two and a half hours | Call | 2026-05-07 15:00..17:30 | -
Call tomorrow 3pm for 1.5 hours | Call | 2026-05-07 15:00..16:30 | -
Call tomorrow 3pm for 1 hour 15 minutes | Call | 2026-05-07 15:00..16:15 | -
Call Anna for 30 min tomorrow | Call Anna for 30 min | 2026-05-07 | ask=no-time

// Repetition
Yoga every other Tuesday until June | Yoga | 2026-05-12 | rule=FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;UNTIL=2026-05-31 ask=month-limit
Yoga every Tuesday 6pm | Yoga | 2026-05-12 18:00 | rule=FREQ=WEEKLY;BYDAY=TU
Yoga every Tuesday and Thursday at 18:30 | Yoga | 2026-05-07 18:30 | rule=FREQ=WEEKLY;BYDAY=TU,TH
Yoga every Mon, Wed and Fri | Yoga | 2026-05-06 | rule=FREQ=WEEKLY;BYDAY=MO,WE,FR
Yoga Tuesdays 18:00-19:30 | Yoga | 2026-05-12 18:00..19:30 | rule=FREQ=WEEKLY;BYDAY=TU
Standup daily at 09:30 | Standup | 2026-05-07 9:30 | rule=FREQ=DAILY
Standup every day at 11am | Standup | 2026-05-06 11:00 | rule=FREQ=DAILY
Standup every weekday 11:15 | Standup | 2026-05-06 11:15 | rule=FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR ask=hour or=2026-05-06T23:15
Standup weekdays at 10am | Standup | 2026-05-06 10:00 | rule=FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR
Brunch every weekend | Brunch | 2026-05-09 | rule=FREQ=WEEKLY;BYDAY=SA,SU
Water plants every 3 days | Water plants | 2026-05-06 | rule=FREQ=DAILY;INTERVAL=3
Water plants every other day | Water plants | 2026-05-06 | rule=FREQ=DAILY;INTERVAL=2
Sprint every 2 weeks on Tuesday at noon | Sprint | 2026-05-12 12:00 | rule=FREQ=WEEKLY;INTERVAL=2;BYDAY=TU
Sprint once every 2 weeks on Tuesday at noon | Sprint | 2026-05-12 12:00 | rule=FREQ=WEEKLY;INTERVAL=2;BYDAY=TU
Sprint fortnightly from 11 May | Sprint | 2026-05-11 | rule=FREQ=WEEKLY;INTERVAL=2
Sprint biweekly from 11 May | Sprint | 2026-05-11 | rule=FREQ=WEEKLY;INTERVAL=2 ask=biweekly
Rent every month on the 15th | Rent | 2026-05-15 | rule=FREQ=MONTHLY;BYMONTHDAY=15
Rent on the 15th of every month | Rent | 2026-05-15 | rule=FREQ=MONTHLY;BYMONTHDAY=15
Rent on the last day of every month | Rent | 2026-05-31 | rule=FREQ=MONTHLY;BYMONTHDAY=-1
Board every first Monday of the month 7pm | Board | 2026-06-01 19:00 | rule=FREQ=MONTHLY;BYDAY=1MO
Board first Monday of every month 7pm | Board | 2026-06-01 19:00 | rule=FREQ=MONTHLY;BYDAY=1MO
Drinks last Friday of every month at 5pm | Drinks | 2026-05-29 17:00 | rule=FREQ=MONTHLY;BYDAY=-1FR
Drinks every third Thursday | Drinks | 2026-05-07 | rule=FREQ=WEEKLY;INTERVAL=3;BYDAY=TH ask=nth-weekday
VAT every 3 months from 10 May | VAT | 2026-05-10 | rule=FREQ=MONTHLY;INTERVAL=3
VAT quarterly from 10 May | VAT | 2026-05-10 | rule=FREQ=MONTHLY;INTERVAL=3
Birthday of Ann every year on 12 May | Birthday of Ann | 2026-05-12 | rule=FREQ=YEARLY
Birthday of Ann May 3 yearly | Birthday of Ann | 2027-05-03 | rule=FREQ=YEARLY
Checkup annually on March 1 | Checkup | 2027-03-01 | rule=FREQ=YEARLY
Course Tuesday 6pm weekly 5 times | Course | 2026-05-12 18:00 | rule=FREQ=WEEKLY;COUNT=5
Course every Tuesday 6pm three times | Course | 2026-05-12 18:00 | rule=FREQ=WEEKLY;BYDAY=TU;COUNT=3
Course every Tuesday 6pm until 30 June | Course | 2026-05-12 18:00 | rule=FREQ=WEEKLY;BYDAY=TU;UNTIL=2026-06-30
Course every Tuesday through June | Course | 2026-05-12 | rule=FREQ=WEEKLY;BYDAY=TU;UNTIL=2026-06-30
Course every Tuesday for 6 weeks | Course | 2026-05-12 | rule=FREQ=WEEKLY;BYDAY=TU;UNTIL=2026-06-22
Course every Tuesday 6pm for 2 hours | Course | 2026-05-12 18:00..20:00 | rule=FREQ=WEEKLY;BYDAY=TU
Course Tuesday 6pm every week | Course | 2026-05-12 18:00 | rule=FREQ=WEEKLY
Daily standup tomorrow 09:30 | Daily standup | 2026-05-07 9:30 | ask=repeats

// Places, people, calendars
Lunch at Luigi's tomorrow 12:30 | Lunch | 2026-05-07 12:30 | place=Luigi's
Lunch tomorrow 12:30 at Luigi's | Lunch | 2026-05-07 12:30 | place=Luigi's
Meeting in Room 5 tomorrow at 9am | Meeting | 2026-05-07 9:00 | place=Room_5
Meeting tomorrow at 9am in Room 5 | Meeting | 2026-05-07 9:00 | place=Room_5
Lunch @Luigi's tomorrow 1pm | Lunch | 2026-05-07 13:00 | place=Luigi's
Run tomorrow 7am in the park | Run | 2026-05-07 7:00 | place=park
Party Saturday at home | Party | 2026-05-09 | place=home
Meetup in two weeks in New York | Meetup | 2026-05-20 | place=New_York
Dinner at 9 Main Street tomorrow | Dinner | 2026-05-07 | place=9_Main_Street
Lunch with Anna tomorrow at 12 | Lunch | 2026-05-07 12:00 | people=anna
Lunch with Anna and Bob tomorrow at 12 | Lunch | 2026-05-07 12:00 | people=anna,bob
Lunch with Anna, Bob and clara@example.org tomorrow | Lunch | 2026-05-07 | people=anna,bob,clara
Meeting with Bob Miller at Cafe Luna for 30 minutes this Friday at 2pm | Meeting | 2026-05-08 14:00..14:30 | people=bob place=Cafe_Luna
Lunch with Zoltan tomorrow | Lunch with Zoltan | 2026-05-07 | ask=unknown-person
Lunch with Chris tomorrow | Lunch with Chris | 2026-05-07 | ask=several-people
Report 5pm #work | Report | 2026-05-06 17:00 | tag=calendar:Work
Run tomorrow #Sport at 18:00 | Run | 2026-05-07 18:00 | tag=category:Sport
Run tomorrow #nothing | Run #nothing | 2026-05-07 | ask=unknown-tag
With Anna tomorrow | With Anna | 2026-05-07 | -

// Quotes and zones
"Call Monday" tomorrow 3pm | Call Monday | 2026-05-07 15:00 | -
Watch "The Day After Tomorrow" tomorrow 20:00 | Watch "The Day After Tomorrow" | 2026-05-07 20:00 | -
"delete mails up to january 30th" | delete mails up to january 30th | - | -
Call tomorrow 15:00 Tokyo time | Call | 2026-05-07 15:00 | in=Asia/Tokyo
Call tomorrow 9am PST | Call | 2026-05-07 9:00 | in=America/Los_Angeles ask=zone-season
Call tomorrow 9am PDT | Call | 2026-05-07 9:00 | in=America/Los_Angeles zone=Europe/London
Call tomorrow 14:00 UTC | Call | 2026-05-07 14:00 | in=UTC
Call tomorrow 3pm | Call | 2026-05-07 15:00 | zone=Asia/Tokyo
Call Sunday 2:30am | Call | 2026-10-25 2:30 | zone=Europe/London now=2026-10-21T10:00
Call Sunday 1:30am | Call | 2026-10-25 1:30 | zone=Europe/London now=2026-10-21T10:00 ask=occurs-twice
Call 8 March 2026 2:30am | Call | 2026-03-08 3:30 | now=2026-03-04T10:00 ask=skipped-hour
Call tomorrow 2am | Call | 2026-01-01 2:00 | zone=Asia/Tokyo now=2025-12-31T23:30

// The other language
Zahnarzt morgen um 15:00 | Zahnarzt | 2026-05-07 15:00 | -
Treffen nächsten Dienstag von 9 bis 11 Uhr | Treffen | 2026-05-12 9:00..11:00 | -

// Nothing, or less than it seems, is to be understood
May the force be with you | May the force be with you | - | -
Meeting with 3 people | Meeting with 3 people | - | -
Move old monitor to attic | Move old monitor to attic | - | -
Buy paprika | Buy paprika | - | -
Buy sun cream | Buy sun cream | - | -
Sun cream and sat nav | Sun cream and sat nav | - | -
March for science | March for science | - | -
Mon ami | Mon ami | - | -
Get a second opinion | Get a second opinion | - | -
Read chapters 9-10 | Read chapters 9-10 | - | -
Route 66 planning | Route 66 planning | - | -
Buy iPhone 12 | Buy iPhone 12 | - | -
Apollo 13 tomorrow 8pm | Apollo 13 | 2026-05-07 20:00 | -
3/4 cup of flour | 3/4 cup of flour | - | -
9/11 memorial | 9/11 memorial | - | -
24/7 support | 24/7 support | - | -
1:1 with Bob tomorrow 3pm | 1:1 | 2026-05-07 15:00 | people=bob
Black Friday sale | Black Friday sale | - | -
Taco Tuesday planning tomorrow | Taco Tuesday planning | 2026-05-07 | -
Monday.com demo tomorrow 3pm | Monday.com demo | 2026-05-07 15:00 | -
Issue #42 tomorrow | Issue #42 | 2026-05-07 | -
Look at photos | Look at photos | - | -
Believe in magic | Believe in magic | - | -
Run 10 km | Run 10 km | - | -
Pay 9.99 EUR | Pay 9.99 EUR | - | -
Upgrade to Python 3.12 | Upgrade to Python 3.12 | - | -
Call 911 | Call 911 | - | -
Buy milk | Buy milk | - | -
Vacation in May | Vacation in May | - | ask=no-day
Wait for it | Wait for it | - | -
At Luigi's tomorrow | At Luigi's | 2026-05-07 | -
Tell Bob on Monday about Tuesday | Tell Bob about Tuesday | 2026-05-11 | ask=two-days
Feb 30 party | Feb 30 party | - | -
Party at 25:00 | Party at 25:00 | - | -

// Added while the grammar was tried out
Call tomorrow at 9 | Call | 2026-05-07 9:00 | clock=24 ask=hour or=2026-05-07T21:00
Meeting on Monday the 18th at 10am | Meeting | 2026-05-18 10:00 | -
Gym Mon Wed Fri 7am | Gym | 2026-05-08 7:00 | rule=FREQ=WEEKLY;BYDAY=MO,WE,FR ask=several-days
Hiking Sat and Sun | Hiking | 2026-05-09..2026-05-10 | ask=several-days
Yoga every Tuesday at 6pm from June 2 until July 28 | Yoga | 2026-06-02 18:00 | rule=FREQ=WEEKLY;BYDAY=TU;UNTIL=2026-07-28
Yoga every morning at 7 | Yoga | 2026-05-07 7:00 | rule=FREQ=DAILY
Board second Tuesday and fourth Tuesday of every month 6pm | Board | 2026-05-12 18:00 | rule=FREQ=MONTHLY;BYDAY=2TU,4TU
Pay on the 1st and 15th of every month | Pay | 2026-05-15 | rule=FREQ=MONTHLY;BYMONTHDAY=1,15
Party on the first Saturday in June 8pm | Party | 2026-06-06 20:00 | -
Lunch tomorrow 12 | Lunch | 2026-05-07 12:00 | ask=bare-hour
Report tomorrow until 5pm | Report until 5pm | 2026-05-07 | ask=only-end
Report tomorrow by 5pm | Report | 2026-05-07 17:00 | -
Anniversary every year on 12 May | Anniversary | 2026-05-12 | rule=FREQ=YEARLY
Dinner with Bob on Saturday at 7:30pm at The Ivy | Dinner | 2026-05-09 19:30 | people=bob place=The_Ivy
Flight 12 June 06:40 - 09:25 | Flight | 2026-06-12 6:40..9:25 | -
Swimming every Saturday at 9:30am for 10 weeks | Swimming | 2026-05-09 9:30 | rule=FREQ=WEEKLY;BYDAY=SA;UNTIL=2026-07-17
Sprint every 2 weeks starting Friday at 3pm | Sprint | 2026-05-08 15:00 | rule=FREQ=WEEKLY;INTERVAL=2;BYDAY=FR
Movie: 2001 A Space Odyssey Friday 8pm | Movie: 2001 A Space Odyssey | 2026-05-08 20:00 | -
Concert 12 May 2026, Tuesday, 8pm | Concert | 2026-05-12 20:00 | -
Vacation until 31 May | Vacation until 31 May | - | ask=only-end
Yoga until 30 June every Tuesday 6pm | Yoga | 2026-05-12 18:00 | rule=FREQ=WEEKLY;BYDAY=TU;UNTIL=2026-06-30
Review Friday of next week | Review | 2026-05-15 | -
Report tomorrow #"Home Office" | Report | 2026-05-07 | tag=calendar:Home_Office
The Sunday Times subscription | The Sunday Times subscription | - | -
First Friday drinks | First Friday drinks | - | -
Weekend plans | Weekend plans | - | -
Look at 3 flats | Look at 3 flats | - | -
Marathon in 3:30 | Marathon in 3:30 | - | -
24h Le Mans | 24h Le Mans | - | -
Daily | Daily | - | ask=repeats
""")
