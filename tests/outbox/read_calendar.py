"""Reads a calendar file from standard input with the package icalendar, and prints what it found as JSON."""

import json
import sys

import icalendar

calendar = icalendar.Calendar.from_ical(sys.stdin.buffer.read())
texts = ["UID", "SUMMARY", "LOCATION", "DESCRIPTION", "STATUS", "ORGANIZER"]
instants = ["DTSTART", "DTEND", "DTSTAMP"]
events = []
for event in calendar.walk("VEVENT"):
    found = {name: str(event[name]) for name in texts if name in event}
    found |= {name: event[name].dt.isoformat() for name in instants}
    found["SEQUENCE"] = int(event["SEQUENCE"])
    found["errors"] = [list(map(str, error)) for error in event.errors]
    events.append(found)
print(json.dumps({"METHOD": str(calendar["METHOD"]), "VERSION": str(calendar["VERSION"]), "events": events}))
