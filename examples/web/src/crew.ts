// The crew: who can be booked. A person has a page of their own.
import { CreateUserDocument, CrewDocument, type CrewMemberFragment, type UpdateUserInput } from '../generated/graphql.ts';
import { change, client, plans, type Page } from './app.ts';
import { allRows, data } from './client.ts';
import { box, button, choice, element, field, folded, form, link, text } from './dom.ts';

/** What the list shows, as long as the page is open. */
let wanted = { search: '', skill: '', archived: false };

export async function crewPart() {
  const filter = { search: wanted.search, skills: wanted.skill ? [wanted.skill] : null, includeArchived: wanted.archived };
  const people = await allRows(async (after) => (await data(client.query(CrewDocument, { filter, first: 200, after }))).users);
  return (page: Page) => [
    element('h2', 'Crew'),
    searchForm(page),
    people.length ? crewTable(people, page) : element('p', 'Nobody, or nobody like that.'),
    ...(plans(page) ? [newPerson(page)] : []),
  ];
}

function searchForm(page: Page) {
  const skills: [string, string][] = [['', 'any'], ...page.viewer.org.skills.map((skill): [string, string] => [skill, skill])];
  const made = form(
    [
      field('Name', 'search', { required: false, type: 'search', value: wanted.search }),
      choice('Skill', 'skill', skills, wanted.skill),
      box('archived too', 'archived', 'yes', wanted.archived),
      button('Search', 'quiet'),
    ],
    (fields) => {
      const [search, skill] = [text(fields, 'search') ?? '', text(fields, 'skill') ?? ''];
      wanted = { search, skill, archived: fields.has('archived') };
      return page.attempt(page.reload);
    },
  );
  made.className = 'row';
  return made;
}

function crewTable(people: CrewMemberFragment[], page: Page) {
  const columns = ['Name', 'Skills', 'Tags', 'Phone'];
  const rows = people.map((person) => {
    const name = person.displayName + (person.archivedAt ? ' (archived)' : '');
    const opens = plans(page) || page.viewer.myProfile?.id === person.id;
    const cells = [
      element('td', '', opens ? link(name, `#/person/${person.id}`) : new Text(name)),
      ...[person.skills.join(', '), person.tags.join(', '), person.phone ?? ''].map((cell) => element('td', cell)),
    ];
    cells.forEach((cell, column) => (cell.dataset['label'] = columns[column]));
    return element('tr', '', ...cells);
  });
  const head = element('tr', '', ...columns.map((title) => element('th', title)));
  return element('table', '', element('thead', '', head), element('tbody', '', ...rows));
}

function newPerson(page: Page) {
  const made = form([...profileFields(page), button('Add to the crew')], (fields) =>
    change(page, async () => {
      await data(client.mutation(CreateUserDocument, { input: profile(fields) }));
    }),
  );
  return folded('New person', made);
}

/** The fields of a profile. Tags and the address belong to the planners. */
export function profileFields(page: Page, person?: CrewMemberFragment): Node[] {
  const { skills, tags } = page.viewer.org;
  const mayAll = plans(page);
  return [
    field('Name', 'displayName', { value: person?.displayName ?? '' }),
    ...(mayAll ? [field('E-mail', 'email', { type: 'email', required: false, value: person?.email ?? '' })] : []),
    field('Phone', 'phone', { type: 'tel', required: false, value: person?.phone ?? '' }),
    labels('Skills', 'skills', skills, person?.skills),
    ...(mayAll ? [labels('Tags', 'tags', tags, person?.tags)] : []),
  ];
}

/** A choice among what the organisation uses already, and room for something new. */
function labels(title: string, name: string, offered: string[], chosen: string[] = []) {
  const boxes = offered.map((label) => box(label, name, label, chosen.includes(label)));
  const more = field('Others, with commas between them', `${name}.more`, { required: false });
  return element('fieldset', '', element('legend', title), ...boxes, more);
}

/** What was entered. A field that the form does not have stays as it is. */
export function profile(fields: FormData) {
  const label = (name: string) => {
    const more = String(fields.get(`${name}.more`) ?? '').split(',');
    return [...fields.getAll(name).map(String), ...more.map((one) => one.trim()).filter(Boolean)];
  };
  const planners: Pick<UpdateUserInput, 'email' | 'tags'> = fields.has('email')
    ? { email: text(fields, 'email'), tags: label('tags') }
    : {};
  const displayName = String(fields.get('displayName'));
  return { displayName, phone: text(fields, 'phone'), skills: label('skills'), ...planners };
}
