// Walks every gallery page: axe-core at WCAG 2.2 AA (and its best practices),
// light and dark, wide and at 320 px, where nothing may scroll sideways;
// targets are large enough, no page asks anybody else for anything, nothing
// breaks the content security policy.
import { readFile } from 'node:fs/promises';
import { browse } from './browser.mjs';
import { pages, serve } from './serve.mjs';

const axe = await readFile(new URL('../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const site = await serve();
const browser = await browse();
const page = await browser.open();
await page.call('Network.enable');
const foreign = new Set();
page.on('Network.requestWillBeSent', ({ request }) => { if (!request.url.startsWith(site.url) && !request.url.startsWith('data:')) foreign.add(request.url); });
let wrong = 0, passes = 0;
const only = process.argv.slice(2);
const names = only.length ? only : await pages();
for (const name of names) {
  for (const [width, scheme] of [[1280, 'light'], [320, 'light'], [1280, 'dark']]) {
    await page.size(width, 900);
    await page.media({ 'prefers-color-scheme': scheme, 'prefers-reduced-motion': 'reduce' });
    page.problems.length = 0;
    await page.go(`${site.url}/${name}`);
    await page.eval(axe + ';0');
    const found = await page.eval(`axe.run(document, { runOnly: ${JSON.stringify(tags)}, rules: { 'target-size': { enabled: true } } }).then(r => ({
      passes: r.passes.length,
      bad: r.violations.map(v => v.id + ': ' + v.help + '\\n      ' + v.nodes.slice(0, 4).map(n => n.target.join(' ') + '  ' + (n.any[0]?.message ?? '')).join('\\n      ')),
    }))`);
    passes += found.passes;
    const wide = await page.eval(`(() => {
      const w = document.documentElement.clientWidth;
      if (document.documentElement.scrollWidth <= w) return [];
      return [...document.querySelectorAll('body *')].filter(e => !e.closest('.scroll, .aloud') && e.getBoundingClientRect().right > w + 1).slice(0, 4).map(e => e.tagName + '.' + e.className);
    })()`);
    const small = await page.eval(`[...document.querySelectorAll('.button, .nav a, .tongues a, .counts a, .choices label, summary, input:not([type=hidden]), select')].filter(e => e.checkVisibility())
      .map(e => [e, e.getBoundingClientRect()]).filter(([e, r]) => r.width > 0 && Math.min(r.width, r.height) < (e.matches('.button:not(.small)') ? 44 : 22)).map(([e, r]) => e.outerHTML.slice(0, 60) + ' ' + Math.round(r.width) + '×' + Math.round(r.height))`);
    const say = [...found.bad, ...wide.map((e) => `wider than the page: ${e}`), ...small.map((e) => `small target: ${e}`), ...page.problems];
    if (say.length) {
      wrong += say.length;
      console.log(`${name} ${width} ${scheme}\n    ${say.join('\n    ')}`);
    }
  }
}
for (const url of foreign) console.log(`asked a third party: ${url}`);
await browser.close();
site.close();
console.log(`${names.length} pages × 3: ${passes} rule passes, ${wrong + foreign.size} mistakes`);
process.exit(wrong + foreign.size ? 1 : 0);
