// Times are instants for the server, and clocks on walls for people: always the clock of a time zone that is named.
import { Temporal } from 'temporal-polyfill';

/** From when until when, in words. */
export function when({ startsAt, endsAt, timezone }: { startsAt: string; endsAt: string; timezone: string }): string {
  const format = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short', timeZone: timezone });
  return format.formatRange(new Date(startsAt), new Date(endsAt));
}

/** What the clock of a time zone shows at an instant, for a field of the type `datetime-local`. */
export function wallClock(instant: string, timezone: string): string {
  const local = Temporal.Instant.from(instant).toZonedDateTimeISO(timezone).toPlainDateTime();
  return local.toString({ smallestUnit: 'minute' });
}

/**
 * The instant at which the clock of a time zone shows this. In spring a clock skips an hour, and such a time is taken an
 * hour later. In autumn it shows an hour twice, and the first one is taken, unless `before` is the other and stays.
 */
export function instantOf(local: string, timezone: string, before?: string): string {
  if (before && local === wallClock(before, timezone)) return before;
  return Temporal.PlainDateTime.from(local).toZonedDateTime(timezone).toInstant().toString();
}
