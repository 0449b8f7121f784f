// The licences of npm packages, as package-lock.json tells them: node .ci/npm-licences.mjs <folder>...
// (deny.toml does this for crates.)

import { readFileSync } from 'node:fs';

const PERMISSIVE = [
  '0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'CC0-1.0', 'ISC', 'MIT', 'Python-2.0',
];
// Of tools only: nothing of them is passed on.
const OF_TOOLS = [
  'CC-BY-4.0', // caniuse-lite, of Babel: data
  'MPL-2.0', // lightningcss, of Vite
];

/** "MIT", or "(MIT OR GPL-2.0)": one of them will do; or "MIT AND ISC": both must. A mixture is taken strictly. */
function fits(licence, allowed) {
  const names = licence.replace(/[()]/g, '').split(/ OR | AND /);
  const allow = (name) => allowed.includes(name);
  return licence.includes(' AND ') ? names.every(allow) : names.some(allow);
}

let refused = 0;
for (const folder of process.argv.slice(2)) {
  const { packages } = JSON.parse(readFileSync(`${folder}/package-lock.json`, 'utf8'));
  delete packages['']; // the folder's own
  for (const [path, { version, license = 'no licence', dev }] of Object.entries(packages)) {
    if (fits(license, dev ? [...PERMISSIVE, ...OF_TOOLS] : PERMISSIVE)) continue;
    refused += 1;
    console.error(`${folder}: ${path} ${version}: ${license}`);
  }
  console.log(`${folder}: ${Object.keys(packages).length} packages`);
}
process.exitCode = refused ? 1 : 0;
