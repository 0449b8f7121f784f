// Who is signed in, in which organisation, and where the page leads from here.
import { SwitchOrgDocument, ViewerDocument, type ViewerQuery } from '../generated/graphql.ts';
import { client, startSession } from './app.ts';
import { data } from './client.ts';
import { byId, element, link } from './dom.ts';

export const loadViewer = () => data(client.query(ViewerDocument, {}));

export function showViewer({ me, org, myRole, myProfile }: ViewerQuery) {
  byId('viewer').textContent = `${me.displayName}, ${org.name} (${myRole.toLowerCase()})`;
  const places = [link('Projects', '#/'), link('Crew', '#/crew')];
  // Who plans need not be somebody who can be booked.
  if (myProfile) places.push(link('My schedule', `#/person/${myProfile.id}`));
  for (const place of places) if (place.hash === (location.hash || '#/')) place.ariaCurrent = 'page';
  byId('places').replaceChildren(...places);
  const options = me.memberships.map((membership) => {
    const option = element('option', membership.org.name);
    option.value = membership.org.id;
    option.selected = membership.org.id === org.id;
    return option;
  });
  byId('organisations').replaceChildren(...options);
  byId('switch').hidden = options.length < 2;
}

/** Moves to the organisation that was chosen. The cookie moves too, so a reloaded page works there as well. */
export async function switchOrganisation() {
  const orgId = byId('organisations', HTMLSelectElement).value;
  const { switchOrg } = await data(client.mutation(SwitchOrgDocument, { input: { orgId } }));
  startSession(switchOrg);
  // What was shown belongs to the other organisation.
  history.replaceState(null, '', '/');
}
