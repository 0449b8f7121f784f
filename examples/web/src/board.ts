// The missions of a project as a table.
import { CreateMissionDocument, type BoardQuery } from '../generated/graphql.ts';
import { client, type Page } from './app.ts';
import { data } from './client.ts';
import { button, element, field, folded, form, link, text } from './dom.ts';
import { instantOf, when } from './time.ts';

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
    element('td', '', link(mission.title, `#/mission/${mission.id}`), new Text(mission.cancelledAt ? ' (cancelled)' : '')),
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

/** Its roles are added on its own page. It happens where the organisation is, by the clock there. */
export function newMission(projectId: string, page: Page) {
  const { timezone } = page.viewer.org;
  const fields = [
    field('Title', 'title'),
    field('Where', 'location', { required: false }),
    field(`Start (${timezone})`, 'startsAt', { type: 'datetime-local' }),
    field(`End (${timezone})`, 'endsAt', { type: 'datetime-local' }),
    button('Add the mission'),
  ];
  const made = form(fields, (fields) =>
    page.attempt(async () => {
      const [startsAt, endsAt] = ['startsAt', 'endsAt'].map((name) => instantOf(String(fields.get(name)), timezone));
      const mission = { title: String(fields.get('title')), location: text(fields, 'location'), startsAt: startsAt!, endsAt: endsAt! };
      const { createMission } = await data(client.mutation(CreateMissionDocument, { input: { projectId, mission } }));
      // The page follows its address.
      location.hash = `#/mission/${createMission.mission.id}`;
    }),
  );
  return folded('New mission', made);
}
