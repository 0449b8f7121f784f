// The built page, served from an origin of its own, and a browser to open it.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { preview, type PreviewServer } from 'vite';
import { PAGE_ORIGIN, PASSWORD } from './server.ts';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Serves the built page at an origin. */
export async function servePage(origin = PAGE_ORIGIN) {
  const { hostname, port } = new URL(origin);
  return preview({ preview: { host: hostname, port: Number(port), strictPort: true }, logLevel: 'warn' });
}

export const launch = () => chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: FLAGS });

/** What a visitor's browser is set to. */
export const VISITOR: BrowserContextOptions = { locale: 'en-GB' };

/** Keeps what is seen, where somebody wants to look at it: `SCREENSHOTS` names a folder. */
export async function screenshot(page: Page, name: string) {
  const folder = process.env['SCREENSHOTS'];
  if (folder) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}

export const PHONE = { width: 390, height: 844 };
export const DESK = { width: 1440, height: 900 };

/**
 * Serves the page and starts a browser for the tests of one file. Hands out how to visit an address of the page in a
 * browser that has never seen it. At the end of a visit, the page has to fit the screen.
 */
export function visits() {
  let pages: PreviewServer;
  let browser: Browser;
  before(async () => {
    pages = await servePage();
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await pages?.close();
  });
  return async (address: string, work: (page: Page) => Promise<void>, viewport = DESK) => {
    const context = await browser.newContext({ ...VISITOR, viewport });
    context.setDefaultTimeout(30_000);
    try {
      const page = await context.newPage();
      await page.goto(new URL(address, PAGE_ORIGIN).href);
      await work(page);
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= viewport.width, 'it fits the screen');
    } finally {
      await context.close();
    }
  };
}

export async function signIn(page: Page, email: string) {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
}
