// The built page, served from an origin of its own, and a browser to open it.
import { chromium, type BrowserContextOptions, type Page } from 'playwright-core';
import { preview } from 'vite';
import { PAGE_ORIGIN } from './server.ts';

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
