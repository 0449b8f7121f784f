import type { BoardQuery } from '../generated/graphql.ts';
import { element } from './dom.ts';

/** The missions of a project. */
export type Board = NonNullable<BoardQuery['project']>['missions']['nodes'];
type Mission = Board[number];

const COLUMNS = ['Mission', 'When', 'Where', 'Who', 'Open'];

export function boardTable(board: Board): HTMLElement {
  if (!board.length) return element('p', 'No missions yet.');
  const head = element('tr', '', ...COLUMNS.map((title) => element('th', title)));
  return element('table', '', element('thead', '', head), element('tbody', '', ...board.map(missionRow)));
}

function missionRow(mission: Mission) {
  const roles = mission.roles.map((role) => element('div', `${role.name} (${role.quantity}): ${names(mission, role.id)}`));
  const cells = [
    element('td', mission.cancelledAt ? `${mission.title} (cancelled)` : mission.title),
    element('td', when(mission)),
    element('td', mission.location ?? ''),
    element('td', '', ...roles),
    element('td', String(mission.staffing.open)),
  ];
  // On a phone there is no head: each cell says what it is.
  cells.forEach((cell, column) => (cell.dataset['label'] = COLUMNS[column]));
  return element('tr', '', ...cells);
}

function names({ assignments }: Mission, roleId: string): string {
  const asked = assignments.filter(({ role }) => role.id === roleId);
  return asked.map(({ user, status }) => user.displayName + (status === 'INVITED' ? ' (asked)' : '')).join(', ') || 'nobody yet';
}

/** In the time zone of the mission: that is the clock of whoever works there. */
export function when({ startsAt, endsAt, timezone }: { startsAt: string; endsAt: string; timezone: string }): string {
  const format = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short', timeZone: timezone });
  return format.formatRange(new Date(startsAt), new Date(endsAt));
}
