// Builds what a page is drawn with into dist/: one style, one script, one font
// and one sheet of symbols, and the style of what is printed to be handed out, each named by its content, with packed twins and a
// manifest the Go side reads. Fails when a file grows over its budget.
//
//   npm ci --ignore-scripts && node build.mjs
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import * as esbuild from 'esbuild';
import subsetFont from 'subset-font';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const KB = 1024;
// Bytes over the wire: gzip for text, as it is for the font.
const budget = { 'kokko.css': 12 * KB, 'card.css': 2 * KB, 'kokko.js': 5 * KB, 'network.js': 42 * KB, 'kokko.woff2': 22 * KB, 'ember.svg': 2 * KB, 'icon.svg': 1 * KB };
const targets = ['chrome100', 'firefox100', 'safari15.4'];

// The letters of Finnish, Swedish, English and the Sámi languages of Finland
// (Northern, Inari, Skolt), the neighbours' letters met in names (é ü õ), and
// the marks our typography uses. A letter outside this falls back to the
// reader's own font; so does Skolt Sámi ǩ, which Source Sans does not draw.
const ascii = String.fromCodePoint(...Array.from({ length: 95 }, (_, i) => 32 + i));
const letters = 'ÅÄÖåäöŠšŽžÁáÂâČčĐđŊŋŦŧÕõǤǥǦǧƷʒǮǯʹʼÉéÜü';
const marks = '\u00a0\u2011–—−…•·×±½¼°²³µ§©€’‘”“„»«›‹→←↑↓✓';

const font = await subsetFont(
  await readFile(here('node_modules/source-sans/WOFF2/VF/SourceSans3VF-Upright.ttf.woff2')),
  ascii + letters + marks,
  {
    targetFormat: 'woff2',
    variationAxes: { wght: { min: 400, max: 700, default: 400 } },
    keepFeatures: ['kern', 'mark', 'mkmk', 'ccmp', 'locl', 'tnum', 'liga'],
    noHinting: true,
  },
);

const hash = (bytes) => createHash('sha256').update(bytes).digest('hex').slice(0, 10);
const built = {}; // plain name → { file, bytes }
const add = (name, bytes) => {
  const dot = name.lastIndexOf('.');
  const file = `${name.slice(0, dot)}.${hash(bytes)}${name.slice(dot)}`;
  built[name] = { file, bytes: Buffer.from(bytes) };
  return file;
};

const fontFile = add('kokko.woff2', font);

const styled = async (name) =>
  (
    await esbuild.build({
      entryPoints: [here(`src/${name}`)],
      bundle: true,
      minify: true,
      write: false,
      target: targets,
      charset: 'utf8',
      legalComments: 'none',
      external: ['*.woff2'],
      logLevel: 'warning',
    })
  ).outputFiles[0].text;
const css = (await styled('kokko.css')).replaceAll('kokko.woff2', fontFile);
if (!css.includes(fontFile)) throw new Error('kokko.css does not name kokko.woff2');
add('kokko.css', css);
add('card.css', await styled('card.css'));

const scripted = async (name) =>
  (
    await esbuild.build({
      entryPoints: [here(`src/${name}`)],
      bundle: true,
      minify: true,
      write: false,
      format: 'iife',
      target: targets,
      charset: 'utf8',
      legalComments: 'none',
      logLevel: 'warning',
    })
  ).outputFiles[0].text;
add('kokko.js', await scripted('kokko.ts'));
// The map of the network, on its own page alone: sigma and graphology (MIT).
add('network.js', await scripted('network.ts'));

// The sheet of symbols and the tab's icon: comments and the space between tags
// fall away.
for (const name of ['ember.svg', 'icon.svg']) {
  const drawn = (await readFile(here(`src/${name}`), 'utf8')).replace(/<!--[\s\S]*?-->/g, '').replace(/>\s+</g, '><').trim();
  add(name, drawn);
}

// The font's licence asks to travel with the font.
add('source-sans-license.txt', await readFile(here('src/SOURCE-SANS-LICENSE.md')));

// Written first and told afterwards; the manifest last, so that a build broken
// half-way leaves the old one readable. Then the old files go.
await mkdir(here('dist'), { recursive: true });
const table = [['file', 'bytes', 'gzip', 'brotli', 'budget']];
const over = [];
const wanted = new Set(['placeholder.txt', 'manifest.json']);
const write = async (file, bytes) => {
  wanted.add(file);
  await writeFile(here(`dist/${file}`), bytes);
};
for (const [name, { file, bytes }] of Object.entries(built)) {
  const gz = gzipSync(bytes, { level: 9 });
  const br = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
  const packed = !name.endsWith('.woff2');
  await write(file, bytes);
  if (packed && gz.length < bytes.length) await write(`${file}.gz`, gz);
  if (packed && br.length < bytes.length) await write(`${file}.br`, br);
  const wire = packed ? gz.length : bytes.length;
  table.push([name, bytes.length, packed ? gz.length : '–', packed ? br.length : '–', budget[name] ?? '–']);
  if (wire > (budget[name] ?? Infinity)) over.push(`${name}: ${wire} bytes, budget ${budget[name]}`);
}
console.log(table.map((row) => row.map((cell, i) => (i ? String(cell).padStart(9) : String(cell).padEnd(26))).join('')).join('\n'));
if (over.length) {
  console.error(`Over budget:\n  ${over.join('\n  ')}`);
  process.exit(1);
}
const manifest = Object.fromEntries(Object.entries(built).map(([name, { file }]) => [name, file]));
await writeFile(here('dist/manifest.json'), JSON.stringify(manifest, null, 1) + '\n');
for (const name of await readdir(here('dist'))) {
  if (!wanted.has(name)) await rm(here(`dist/${name}`), { recursive: true });
}
