// The page without GraphiQL: a script of its own, as the Content-Security-Policy allows none inline.
'use strict';

const byId = (id) => document.getElementById(id);
let token = ''; // in memory only: gone when the page is left

async function post(path, body, headers = {}) {
  const response = await fetch(path, {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const json = await response.json().catch(() => ({ error: { message: `The server answered ${response.status}.` } }));
  return { ok: response.ok, json, retryAfter: response.headers.get('retry-after') };
}

/** Runs the handler instead of the form's own submission; one at a time, failures in words. */
function onSubmit(id, output, handler) {
  const form = byId(id);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const button = form.querySelector('button');
    button.disabled = true;
    try {
      byId(output).textContent = await handler(Object.fromEntries(new FormData(form)), form);
    } catch (error) {
      byId(output).textContent = error.message;
    } finally {
      button.disabled = false;
    }
  });
}

// --- Who is signed in -------------------------------------------------------------------------------------------------

const ACCOUNT_FORMS = ['sign-in', 'sign-up', 'sign-out'];

function show(shown) {
  for (const id of ACCOUNT_FORMS) byId(id).hidden = id !== shown;
}

for (const link of document.querySelectorAll('[data-show]')) {
  link.addEventListener('click', () => show(link.dataset.show));
}

function signedIn(form, email, accessToken, expiresAt) {
  token = accessToken;
  form.reset();
  show('sign-out');
  return `Signed in as ${email} until ${new Date(expiresAt).toLocaleTimeString()}`;
}

const refused = (error, retryAfter) =>
  new Error((error?.message ?? 'The server refused.') + (retryAfter ? ` Try again in ${retryAfter} s.` : ''));

onSubmit('sign-in', 'account', async ({ email, password }, form) => {
  const { ok, json, retryAfter } = await post('/api/v1/auth/login', { email, password });
  if (!ok) throw refused(json.error, retryAfter);
  return signedIn(form, email, json.access_token, json.expires_at);
});

onSubmit('sign-up', 'account', async (input, form) => {
  const query = 'mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken expiresAt } }';
  const { json, retryAfter } = await post('/graphql', { query, variables: { input } });
  const signUp = json.data?.signUp;
  if (!signUp) throw refused(json.errors?.[0] ?? json.error, retryAfter);
  return signedIn(form, input.email, signUp.accessToken, signUp.expiresAt);
});

onSubmit('sign-out', 'account', async () => {
  await post('/api/v1/auth/logout', {});
  token = '';
  show('sign-in');
  return 'Not signed in';
});

// --- Operations -------------------------------------------------------------------------------------------------------

onSubmit('request', 'result', async ({ query, variables }) => {
  let parsed;
  try {
    parsed = JSON.parse(variables.trim() || '{}');
  } catch (error) {
    throw new Error(`The variables are not JSON: ${error.message}`);
  }
  const headers = { accept: 'application/graphql-response+json, application/json' };
  if (token) headers.authorization = `Bearer ${token}`;
  const { json } = await post('/graphql', { query, variables: parsed }, headers);
  return JSON.stringify(json, null, 2);
});

// --- The schema -------------------------------------------------------------------------------------------------------

/** The definitions of the schema, each with the name that it defines. */
async function definitions() {
  const response = await fetch('/graphiql/schema.graphql');
  if (!response.ok) throw new Error('This server does not show its schema.');
  const sdl = await response.text();
  // What stands inside of a definition is indented.
  return sdl.split(/\n\n(?="""\n)/).map((text) => ({ text, name: /^(type|input|enum|scalar|interface|union) (\w+)/m.exec(text) }));
}

/** Each definition can be opened. Those of the operations come first, and a search opens what it finds. */
async function showSchema() {
  const rank = (name) => ['Query', 'Mutation'].indexOf(name) + 1 || 3;
  const named = (await definitions()).filter(({ name }) => name);
  named.sort((a, b) => rank(a.name[2]) - rank(b.name[2]));
  const rows = named.map(({ text, name }) => {
    const row = document.createElement('details');
    const summary = document.createElement('summary');
    const code = document.createElement('pre');
    summary.textContent = `${name[1]} ${name[2]}`;
    code.textContent = text;
    row.append(summary, code);
    return { row, text: text.toLowerCase() };
  });
  byId('schema').replaceChildren(...rows.map(({ row }) => row));
  byId('search').addEventListener('input', ({ target }) => {
    const wanted = target.value.trim().toLowerCase();
    for (const { row, text } of rows) {
      row.hidden = !text.includes(wanted);
      row.open = wanted.length > 2 && !row.hidden;
    }
    const found = rows.filter(({ row }) => !row.hidden).length;
    byId('found').textContent = wanted ? `${found} of ${rows.length} definitions` : '';
  });
}

showSchema().catch((error) => {
  byId('found').textContent = error.message;
});
