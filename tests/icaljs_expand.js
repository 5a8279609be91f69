// Expands iCalendar files with ical.js: one JSON object a line, {ics, before}, one answer a line,
// {instances: [[start, end, summary]]} with times in seconds.
"use strict";
const readline = require("node:readline");
const ICAL = require(process.argv[2]);

const seconds = (time) =>
  time.isDate ? Date.UTC(time.year, time.month - 1, time.day) / 1000 : time.toUnixTime();

function shown(details) {
  const { startDate, endDate, item } = details;
  return [seconds(startDate), seconds(endDate), item.summary];
}

function* starts(event) {
  // RFC 5545 section 3.8.5.3: DTSTART is an instance, also where it doesn't match the rule; ical.js
  // begins with the first match.
  const excluded = new Set(
    event.component.getAllProperties("exdate").flatMap((each) => each.getValues().map(String)),
  );
  if (!excluded.has(String(event.startDate))) yield event.startDate.clone();
  const iterator = event.iterator();
  for (let next = iterator.next(); next; next = iterator.next()) yield next;
}

function* instances(event, before) {
  if (!event.isRecurring()) {
    yield [seconds(event.startDate), seconds(event.endDate), event.summary];
    return;
  }
  const known = new Set();
  for (const start of starts(event)) {
    // Exceptions may have been moved back from after the window.
    if (seconds(start) >= before + 60 * 86400) return;
    if (known.has(seconds(start))) continue;
    known.add(seconds(start));
    yield shown(event.getOccurrenceDetails(start));
  }
}

function expand({ ics, before }) {
  ICAL.TimezoneService.reset();
  const calendar = new ICAL.Component(ICAL.parse(ics));
  for (const zone of calendar.getAllSubcomponents("vtimezone")) {
    ICAL.TimezoneService.register(zone);
  }
  const found = [];
  const components = calendar.getAllSubcomponents("vevent");
  const exceptions = components.filter((each) => each.hasProperty("recurrence-id"));
  for (const component of components) {
    if (component.hasProperty("recurrence-id")) continue;
    const uid = component.getFirstPropertyValue("uid");
    const own = exceptions.filter((each) => each.getFirstPropertyValue("uid") === uid);
    const event = new ICAL.Event(component, { exceptions: own, strictExceptions: true });
    for (const one of instances(event, before)) if (one[0] < before) found.push(one);
  }
  return found;
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  let answer;
  try {
    answer = { instances: expand(JSON.parse(line)) };
  } catch (error) {
    answer = { error: String(error && error.stack) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
});
