// Reads a calendar from standard input with ical.js and prints its events as JSON. Time zones are the file's own.
import { readFileSync } from "node:fs";
import ICAL from "ical.js";

const calendar = new ICAL.Component(ICAL.parse(readFileSync(0, "utf8")));
ICAL.TimezoneService.reset();
for (const zone of calendar.getAllSubcomponents("vtimezone")) {
  ICAL.TimezoneService.register(zone);
}

function moment(event, name) {
  const property = event.getFirstProperty(name);
  const time = property.getFirstValue();
  if (time.isDate) {
    return time.toString();
  }
  const tzid = property.getFirstParameter("tzid");
  if (time.zone.tzid !== (tzid ?? "UTC")) {
    throw new Error(`${name} ${time} is floating or of an undeclared zone: ${tzid}`);
  }
  return new Date(time.toUnixTime() * 1000).toISOString();
}

const text = (event, name) => event.getFirstPropertyValue(name) ?? "";
const found = calendar.getAllSubcomponents("vevent").map((event) => ({
  uid: text(event, "uid"),
  start: moment(event, "dtstart"),
  end: moment(event, "dtend"),
  summary: text(event, "summary"),
  description: text(event, "description"),
  location: text(event, "location"),
}));
console.log(JSON.stringify(found));
