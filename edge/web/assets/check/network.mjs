// Draws a generated network of 5,000 in a real Chromium with the built script, zooms it,
// colours it anew and moves its year, and prints what that costs the page's own thread.
// Pictures are drawn in software there, so the frames themselves are not judged.
//
//   node check/network.mjs [nodes] [ties]
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { browse } from './browser.mjs';

const [nodes, ties] = [Number(process.argv[2] ?? 5000), Number(process.argv[3] ?? 15000)];
const dist = new URL('../dist/', import.meta.url);
const names = JSON.parse(await readFile(new URL('manifest.json', dist)));
const script = await readFile(new URL(names['network.js'].file ?? names['network.js'], dist));
let seed = 2008;
const random = () => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 4294967296;
const groups = Math.max(1, Math.round(nodes / 100));
const file = { nodes: [], ties: [], sectors: Array.from({ length: 20 }, (_, i) => `a${i}`), places: Array.from({ length: 40 }, (_, i) => `p${i}`) };
for (let i = 0; i < nodes; i++) {
  const g = i % groups, turn = (2 * Math.PI * g) / groups;
  file.nodes.push([`Kylän yhdistys ${i} ry`, 10 * Math.cos(turn) + 2 * random(), 10 * Math.sin(turn) + 2 * random(), 1 + Math.round(random() * 30), g, i % 20, i % 40, '']);
}
const seen = new Set();
while (file.ties.length < ties) {
  const a = Math.floor(random() * nodes), b = random() < 0.8 ? (a + groups * Math.floor(1 + random() * 20)) % nodes : Math.floor(random() * nodes);
  const key = `${Math.min(a, b)} ${Math.max(a, b)}`;
  if (a !== b && !seen.has(key)) file.ties.push([a, b, 0.2 + random() * 0.8, 1995 + Math.floor(random() * 20), 2015 + Math.floor(random() * 10)]), seen.add(key);
}
const page = `<!doctype html><meta charset="utf-8"><title>x</title><link rel="icon" href="data:,"><style>.network{height:600px}</style>
<select data-network-by><option value="community">c</option><option value="sector">s</option></select>
<input type="range" min="1995" max="2024" value="2024" data-network-year><output data-network-said></output>
<div class="network" data-network="/x.json" hidden></div>
<button data-network-do="in">+</button><button data-network-do="whole">o</button><script src="/network.js" defer></script>`;
const server = createServer((q, a) => {
  const [type, body] = q.url === '/x.json' ? ['application/json', JSON.stringify(file)] : q.url === '/network.js' ? ['text/javascript', script] : ['text/html', page];
  a.writeHead(200, { 'content-type': type }).end(body);
});
await new Promise((ok) => server.listen(0, '127.0.0.1', ok));
const browser = await browse('--enable-unsafe-swiftshader', '--use-gl=angle', '--use-angle=swiftshader');
const p = await browser.open();
await p.size(1280, 900);
await p.call('Performance.enable', { timeDomain: 'threadTicks' });
const spent = async () => Object.fromEntries((await p.call('Performance.getMetrics')).metrics.map((m) => [m.name, m.value * 1000]));
let before = await spent();
const tell = async (what, frames) => {
  const now = await spent(), script = now.ScriptDuration - before.ScriptDuration, task = now.TaskDuration - before.TaskDuration;
  console.log(`${what}: script ${script.toFixed(0)} ms, thread ${task.toFixed(0)} ms${frames ? `, ${frames} frames, ${(script / frames).toFixed(1)} ms of script a frame` : ''}`);
  before = await spent();
};
const frames = (ms) => p.eval(`new Promise((ok) => { let n = 0; const end = performance.now() + ${ms}; (function f(t) { n++; t < end ? requestAnimationFrame(f) : ok(n); })(0); })`);
await p.go(`http://127.0.0.1:${server.address().port}/`);
for (let i = 0; i < 100 && (await p.eval(`document.querySelector('.network').hidden || !document.querySelector('.network canvas')`)); i++) await new Promise((ok) => setTimeout(ok, 100));
await frames(500);
await tell(`${nodes} nodes, ${ties} ties drawn first`);
for (let i = 0; i < 3; i++) {
  await p.eval(`document.querySelector('[data-network-do=in]').click()`);
  await tell('zoomed', await frames(500));
}
await p.eval(`document.querySelector('[data-network-do=whole]').click()`);
await tell('back to the whole', await frames(800));
await p.eval(`{ const by = document.querySelector('[data-network-by]'); by.value = 'sector'; by.dispatchEvent(new Event('change')); }`);
await tell('coloured by sector', await frames(300));
for (const year of [2005, 2010]) {
  await p.eval(`{ const y = document.querySelector('[data-network-year]'); y.value = ${year}; y.dispatchEvent(new Event('input')); }`);
  await tell(`the year ${year}`, await frames(300));
}
const problems = p.problems, drawn = await p.eval(`!document.querySelector('.network').hidden`);
await browser.close();
server.close();
if (!drawn || problems.length) {
  console.error(drawn ? problems : 'nothing was drawn');
  process.exit(1);
}
