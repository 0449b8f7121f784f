// A headless Chromium with one page, and a record of what goes wrong in it and whom it talks to.

import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const DEBIANS = '/usr/bin/chromium';
// GraphiQL renders only the lines that are seen: this is tall enough for a whole answer.
const WINDOW = { width: 1400, height: 1900 };
const ARGUMENTS = ['--disable-gpu', '--disable-quic', '--no-first-run'];

/** $CHROMIUM, or Debian's, or the Chrome that is installed on other systems. */
function program() {
  const executablePath = process.env.CHROMIUM ?? (existsSync(DEBIANS) ? DEBIANS : undefined);
  return executablePath ? { executablePath } : { channel: 'chrome' };
}

/** Opens a browser with a page of this size. */
export async function openBrowser(window = WINDOW) {
  const browser = await chromium.launch({ ...program(), args: ARGUMENTS });
  const context = await browser.newContext({ viewport: window });
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();

  /** Origins of all requests, but for data: and blob:, which leave nothing. */
  const origins = new Set();
  /** Requests to the API, a line each: path, operation, status. */
  const calls = [];
  /** Errors in the console, those of the Content-Security-Policy among them. */
  const errors = [];

  const note = (url) => /^(data|blob):/.test(url) || origins.add(new URL(url).origin);
  context.on('request', (request) => note(request.url()));
  page.on('websocket', (socket) => note(socket.url()));
  context.on('response', (response) => {
    const { pathname } = new URL(response.url());
    if (response.request().method() !== 'POST') return;
    const name = response.request().postDataJSON()?.operationName;
    calls.push([pathname, name, response.status()].filter(Boolean).join(' '));
  });
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(`${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => errors.push(String(error)));

  return { browser, page, origins, calls, errors };
}
