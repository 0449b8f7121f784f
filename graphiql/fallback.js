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

onSubmit('sign-in', 'account', async ({ email, password }, form) => {
  const { ok, json, retryAfter } = await post('/api/v1/auth/login', { email, password });
  if (!ok) throw new Error((json.error?.message ?? 'Refused.') + (retryAfter ? ` Try again in ${retryAfter} s.` : ''));
  token = json.access_token;
  form.elements.password.value = '';
  return `Signed in as ${email} until ${new Date(json.expires_at).toLocaleTimeString()}`;
});

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
