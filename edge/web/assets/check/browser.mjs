// A headless Chromium spoken to over a pipe: no port, no driver, no module.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export async function browse(...more) {
  const profile = await mkdtemp(join(tmpdir(), 'kokko-look-'));
  const child = spawn(process.env.CHROMIUM ?? '/usr/bin/chromium', [
    '--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--hide-scrollbars', '--remote-debugging-pipe',
    `--user-data-dir=${profile}`, ...more, 'about:blank',
  ], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
  const [, , , out, inn] = child.stdio;
  let id = 0, rest = '';
  const waiting = new Map();
  const events = new Map();
  inn.setEncoding('utf8');
  inn.on('data', (chunk) => {
    const parts = (rest + chunk).split('\0');
    rest = parts.pop();
    for (const text of parts) {
      const m = JSON.parse(text);
      if (m.id) {
        const { ok, fail } = waiting.get(m.id);
        waiting.delete(m.id);
        m.error ? fail(new Error(m.error.message)) : ok(m.result);
      } else {
        (events.get(`${m.sessionId}/${m.method}`) ?? []).forEach((f) => f(m.params));
      }
    }
  });
  const raw = (method, params = {}, sessionId) => new Promise((ok, fail) => {
    waiting.set(++id, { ok, fail });
    out.write(JSON.stringify({ id, method, params, sessionId }) + '\0');
  });

  async function open() {
    const { targetId } = await raw('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await raw('Target.attachToTarget', { targetId, flatten: true });
    const call = (method, params) => raw(method, params, sessionId);
    const on = (method, f) => {
      const key = `${sessionId}/${method}`;
      events.set(key, [...(events.get(key) ?? []), f]);
    };
    await call('Page.enable');
    await call('Runtime.enable');
    await call('Log.enable');
    const problems = [];
    on('Log.entryAdded', ({ entry }) => { if (entry.level === 'error') problems.push(entry.text); });
    on('Runtime.exceptionThrown', ({ exceptionDetails: d }) => problems.push(d.exception?.description ?? d.text));
    return {
      call, on, problems,
      async go(url) {
        const loaded = new Promise((ok) => on('Page.loadEventFired', ok));
        await call('Page.navigate', { url });
        await loaded;
        await this.eval('document.fonts.ready.then(() => true)');
      },
      size: (width, height, scale = 1) => call('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: scale, mobile: false }),
      media: (features, media = '') => call('Emulation.setEmulatedMedia', { media, features: Object.entries(features).map(([name, value]) => ({ name, value })) }),
      async eval(expression) {
        const r = await call('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
        if (r.exceptionDetails) throw new Error(r.exceptionDetails.exception?.description ?? r.exceptionDetails.text);
        return r.result.value;
      },
      async shot() {
        const { data } = await call('Page.captureScreenshot', { captureBeyondViewport: true, format: 'png' });
        return Buffer.from(data, 'base64');
      },
      close: () => raw('Target.closeTarget', { targetId }),
    };
  }
  return {
    open,
    async close() {
      await raw('Browser.close').catch(() => {});
      await new Promise((ok) => (child.exitCode === null ? child.once('exit', ok) : ok()));
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
