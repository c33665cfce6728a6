// Serves gallery/ as the pages will be served: the same content security
// policy, hashed assets, nothing inline. A page is plain HTML; the only
// addition is <!--part name key="value"-->, which brings gallery/parts/name.html
// with {key} filled in.
import { createServer } from 'node:http';
import { readFile, readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const root = new URL('..', import.meta.url);
const kinds = { html: 'text/html; charset=utf-8', css: 'text/css; charset=utf-8', js: 'text/javascript; charset=utf-8', woff2: 'font/woff2', svg: 'image/svg+xml', txt: 'text/plain; charset=utf-8' };
export const policy = "default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

export async function pages() {
  return (await readdir(new URL('gallery', root))).filter((n) => n.endsWith('.html')).sort();
}

async function compose(html, manifest) {
  const part = /<!--part ([a-z0-9.-]+)((?:\s+[a-z]+="[^"]*")*)-->/;
  for (let m = part.exec(html); m; m = part.exec(html)) {
    let body = await readFile(new URL(`gallery/parts/${m[1]}.html`, root), 'utf8');
    for (const [, key, value] of m[2].matchAll(/([a-z]+)="([^"]*)"/g)) body = body.replaceAll(`{${key}}`, value);
    body = body.replace(/\{[a-z]+\}/g, '');
    html = html.slice(0, m.index) + body.trimEnd() + html.slice(m.index + m[0].length);
  }
  return html.replace(/\/assets\/([a-z]+\.(?:css|js|woff2|svg))/g, (_, name) => `/assets/${manifest[name] ?? name}`);
}

export async function serve(port = 0) {
  const server = createServer(async (req, res) => {
    try {
      const manifest = JSON.parse(await readFile(new URL('dist/manifest.json', root), 'utf8'));
      let path = decodeURIComponent(new URL(req.url, 'http://x').pathname);
      if (path === '/') path = '/index.html';
      const found = path.match(/^\/(assets\/)?([\p{L}0-9._-]+)$/u);
      const file = found && new URL(`${found[1] ? 'dist' : 'gallery'}/${found[2]}`, root);
      const kind = kinds[path.split('.').pop()];
      if (!file || !kind || path.includes('..')) throw new Error('no such page');
      const raw = await readFile(file);
      res.writeHead(200, { 'Content-Type': kind, 'Content-Security-Policy': policy, 'Cache-Control': 'no-store' });
      res.end(kind.startsWith('text/html') ? await compose(raw.toString(), manifest) : raw);
    } catch (err) {
      res.writeHead(404, { 'Content-Type': 'text/plain' });
      res.end(String(err.message));
    }
  });
  await new Promise((ok) => server.listen(port, '127.0.0.1', ok));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await serve(Number(process.argv[2] ?? 8090));
  console.log(`${url}/index.html`);
}
