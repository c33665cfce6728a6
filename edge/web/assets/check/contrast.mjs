// Computes WCAG contrast for every pair of tokens the pages put on each other,
// in light and in dark, from the tokens in src/kokko.css. Give a region's
// brand.css as an argument to check its colours in the same pairs.
import { readFile } from 'node:fs/promises';

const pairs = [
  // [ink, ground, least ratio]: text 4.5, big shapes and borders of controls 3
  ...['--ink', '--soft', '--brand-text', '--ember'].flatMap((ink) =>
    ['--paper', '--sheet', '--brand-soft'].map((ground) => [ink, ground, 4.5])),
  ['--ink', '--ash', 4.5], ['--soft', '--ash', 4.5], ['--brand-text', '--ash', 4.5],
  ['--paper', '--ink', 4.5], // the skip link
  ['--brand-on', '--brand-fill', 4.5],
  ['--brand-fill', '--paper', 3], ['--brand-fill', '--sheet', 3],
  ['--edge', '--paper', 3], ['--edge', '--sheet', 3], ['--edge', '--ash', 3],
  ...['--good', '--warn', '--bad'].flatMap((c) => [
    [c, '--paper', 4.5], [c, '--sheet', 4.5], [c, `${c}-soft`, 4.5],
    ['--ink', `${c}-soft`, 4.5], ['--soft', `${c}-soft`, 4.5], ['--brand-text', `${c}-soft`, 4.5],
  ]),
  ['--bad', '--brand-soft', 4.5], ['--warn', '--brand-soft', 4.5], ['--good', '--brand-soft', 4.5],
  ...['--paper', '--sheet', '--ash', '--brand-soft'].map((ground) => ['--focus', ground, 3]),
];

const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
const luminance = (hex) => {
  const h = hex.length === 4 ? [...hex.slice(1)].map((d) => d + d).join('') : hex.slice(1);
  const [r, g, b] = [0, 2, 4].map((i) => linear(parseInt(h.slice(i, i + 2), 16) / 255));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ratio = (a, b) => {
  const [hi, lo] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (hi + 0.05) / (lo + 0.05);
};

const tokensIn = (block) => Object.fromEntries([...block.matchAll(/(--[a-z-]+):\s*(#[0-9a-fA-F]{3,6})\b/g)].map((m) => [m[1], m[2]]));
function schemes(source) {
  const css = source.replace(/\/\*[\s\S]*?\*\//g, '');
  const dark = css.match(/@media (?:screen and )?\(prefers-color-scheme: ?dark\)\s*\{\s*:root\s*\{([^}]*)\}/)?.[1] ?? '';
  const light = css.replace(/@media[^{]*\{\s*:root\s*\{[^}]*\}\s*\}/g, '').match(/:root\s*\{([^}]*)\}/)?.[1] ?? '';
  return { light: tokensIn(light), dark: tokensIn(dark) };
}

const own = schemes(await readFile(new URL('../src/kokko.css', import.meta.url), 'utf8'));
const brand = process.argv[2] ? schemes(await readFile(process.argv[2], 'utf8')) : { light: {}, dark: {} };
let failed = 0;
for (const scheme of ['light', 'dark']) {
  const tokens = { ...own[scheme], ...brand[scheme] };
  let least = [Infinity];
  for (const [ink, ground, wanted] of pairs) {
    if (!tokens[ink] || !tokens[ground]) {
      console.error(`${scheme}: no ${tokens[ink] ? ground : ink}`);
      failed++;
      continue;
    }
    const got = ratio(tokens[ink], tokens[ground]);
    if (got / wanted < least[0]) least = [got / wanted, `${ink} on ${ground} ${got.toFixed(2)} (needs ${wanted})`];
    if (got < wanted) {
      console.error(`${scheme}: ${ink} on ${ground} is ${got.toFixed(2)}, needs ${wanted}`);
      failed++;
    }
  }
  console.log(`${scheme}: ${pairs.length} pairs, the closest ${least[1]}`);
}
process.exit(failed ? 1 : 0);
