// Pictures of gallery pages: node check/look.mjs FOLDER [page …] [--narrow] [--dark] …
// Without choices: narrow and wide, light and dark.
import { mkdir, writeFile } from 'node:fs/promises';
import { browse } from './browser.mjs';
import { pages, serve } from './serve.mjs';

const args = process.argv.slice(2);
const folder = args.find((a) => !a.startsWith('--') && !a.endsWith('.html')) ?? '/tmp/kokko-look';
const named = args.filter((a) => a.endsWith('.html'));
const ways = args.filter((a) => a.startsWith('--')).map((a) => a.slice(2));
const has = (w, ...group) => !group.some((g) => ways.includes(g)) || ways.includes(w);
await mkdir(folder, { recursive: true });
const site = await serve();
const browser = await browse();
const page = await browser.open();
for (const name of named.length ? named : await pages()) {
  for (const [size, width] of [['narrow', 360], ['wide', 1280]]) {
    if (!has(size, 'narrow', 'wide')) continue;
    for (const scheme of ['light', 'dark']) {
      if (!has(scheme, 'light', 'dark')) continue;
      await page.media({ 'prefers-color-scheme': scheme, 'prefers-reduced-motion': 'reduce', ...(ways.includes('forced') ? { 'forced-colors': 'active' } : {}) }, ways.includes('print') ? 'print' : '');
      await page.size(width, 800);
      await page.go(`${site.url}/${name}`);
      const height = await page.eval('document.documentElement.scrollHeight');
      await page.size(width, Math.min(height, 6000));
      await writeFile(`${folder}/${name.replace('.html', '')}-${size}-${scheme}.png`, await page.shot());
    }
  }
}
if (page.problems.length) console.log([...new Set(page.problems)].join('\n'));
await browser.close();
site.close();
