// Tries what kokko.js promises in a real Chromium, by keyboard and mouse: the
// draft (and what of it must not outlive the tab), the counter, the work list's
// keys and their off-switch, copy, print, leaving, and shut storage.
import { browse } from './browser.mjs';
import { serve } from './serve.mjs';

const site = await serve();
const browser = await browse();
const page = await browser.open();
await page.size(1280, 900);
let failed = 0;
const hold = (name, ok, seen = '') => {
  if (!ok) failed++;
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${name}${ok ? '' : `: ${JSON.stringify(seen)}`}`);
};
const at = (name) => page.go(`${site.url}/${name}`);
const press = async (key, text) => {
  await page.call('Input.dispatchKeyEvent', { type: 'keyDown', key, text: text ?? (key.length === 1 ? key : undefined), ...(key === 'Enter' ? { text: '\r', windowsVirtualKeyCode: 13 } : {}), ...(key === 'Escape' ? { windowsVirtualKeyCode: 27 } : {}) });
  await page.call('Input.dispatchKeyEvent', { type: 'keyUp', key });
};
const type = async (selector, text) => {
  await page.eval(`document.querySelector(${JSON.stringify(selector)}).focus()`);
  await page.call('Input.insertText', { text });
};
const pause = (ms) => new Promise((ok) => setTimeout(ok, ms));
const value = (selector) => page.eval(`document.querySelector(${JSON.stringify(selector)}).value`);

// draft
await at('drop.html');
hold('a fresh form says nothing of a draft', await page.eval(`document.querySelector('[data-draft-note]').hidden`));
await type('#text', 'Kylätalon keittiö');
await type('#email', 'maija@example.invalid');
await page.eval(`document.querySelector('[name=kind][value=need]').click()`);
await pause(600);
const stored = await page.eval(`[JSON.stringify(localStorage), JSON.stringify(sessionStorage)]`);
hold('the words outlive the tab', stored[0].includes('Kylätalon'), stored);
hold('who one is does not', !stored[0].includes('maija') && stored[1].includes('maija'), stored);
await at('drop.html');
hold('the draft comes back', await value('#text') === 'Kylätalon keittiö' && await value('#email') === 'maija@example.invalid', await value('#text'));
hold('so does the choice', await page.eval(`document.querySelector('[name=kind][value=need]').checked`));
hold('and it is said', await page.eval(`!document.querySelector('[data-draft-note]').hidden`));
await at('drop-errors.html');
hold('what the server sent back is not overwritten', await value('#text') === '', await value('#text'));
hold('reading starts at the mistakes', await page.eval(`document.activeElement.className`) === 'errors');
await at('drop.html');
await page.eval(`document.querySelector('[data-draft-drop]').click()`);
hold('emptying empties', await value('#text') === '' && await page.eval(`localStorage.length + sessionStorage.length`) === 0);
await type('#text', 'Toinen');
await at('receipt.html');
hold('a receipt forgets the draft', await page.eval(`localStorage.length`) === 0);
await page.eval(`localStorage.setItem('kokko.draft.spark', '{"at":1,"boxes":{"text":["vanha"]}}')`);
await at('drop.html');
hold('an old draft is forgotten', await value('#text') === '', await value('#text'));
await page.eval(`localStorage.setItem('kokko.draft.spark', '{"at":')`);
page.problems.length = 0;
await at('drop.html');
hold('a broken draft breaks nothing', page.problems.length === 0, page.problems);

// counter
await at('drop.html');
await type('#text', 'ääkköset 🔥');
hold('signs are counted by code point', (await page.eval(`document.querySelector('.count [aria-hidden]').textContent`)).replace(/\s/g, ' ') === '9 990 merkkiä jäljellä', await page.eval(`document.querySelector('.count').textContent`));
await page.eval(`localStorage.clear(), sessionStorage.clear()`);

// work list
await at('office-inbox.html');
const focused = () => page.eval(`document.activeElement.textContent`);
await press('j');
hold('j takes the first spark', await focused() === 'Laituri kuntoon talkoilla', await focused());
await press('j');
await press('j');
hold('j walks on over headings', await focused() === 'Lähiruoan yhteinen kuljetus Iitistä Kouvolaan', await focused());
await press('k');
hold('k walks back', await focused() === 'Veneramppi Vuohijärvelle', await focused());
await press('?');
hold('? opens the help', await page.eval(`document.querySelector('dialog').open`));
await page.eval(`document.querySelector('dialog input').click()`);
await press('Escape');
await page.eval(`document.querySelector('dialog').close(), document.activeElement.blur()`);
await press('j');
hold('the keys can be switched off', await page.eval(`document.activeElement.tagName`) === 'BODY', await focused());
await page.eval(`localStorage.clear()`);
await at('office-inbox.html');
await press('j');
const loaded = new Promise((ok) => page.on('Page.loadEventFired', ok));
await press('Enter');
await loaded;
hold('Enter opens', (await page.eval('location.pathname')).endsWith('office-spark.html'));
await type('#talk-with', 'j');
hold('letters in a field are letters', await value('#talk-with') === 'j');

// leaving
let asked = 0;
page.on('Page.javascriptDialogOpening', () => { asked++; page.call('Page.handleJavaScriptDialog', { accept: true }); });
await page.eval(`1`, true);
await page.call('Runtime.evaluate', { expression: `document.querySelector('#talk-note').focus()`, userGesture: true });
await page.call('Input.dispatchMouseEvent', { type: 'mousePressed', x: 5, y: 300, button: 'left', clickCount: 1 });
await page.call('Input.dispatchMouseEvent', { type: 'mouseReleased', x: 5, y: 300, button: 'left', clickCount: 1 });
await at('office-inbox.html');
hold('leaving unsent changes asks first', asked === 1, asked);
await at('front.html');
hold('leaving an untouched page does not', asked === 1, asked);

// receipt
await at('receipt.html');
await page.eval(`window.print = () => { window.printed = true; }`);
await page.eval(`document.querySelector('[data-print]').click()`);
hold('print prints', await page.eval('window.printed === true'));
await page.eval(`navigator.clipboard.writeText = async (t) => { window.copied = t; }`);
await page.eval(`document.querySelector('[data-copy]').click()`);
await pause(50);
hold('copy copies the address', (await page.eval('window.copied')).endsWith('/mine.html'), await page.eval('window.copied'));
hold('and says so', await page.eval(`document.querySelector('[data-copy] + [role=status]').textContent`) === 'Linkki on leikepöydällä.');

// no storage at all
await page.call('Page.addScriptToEvaluateOnNewDocument', { source: `for (const s of ['localStorage','sessionStorage']) Object.defineProperty(window, s, { get() { throw new DOMException('shut', 'SecurityError'); } });` });
page.problems.length = 0;
await at('drop.html');
await type('#text', 'x');
await pause(500);
await at('office-inbox.html');
await press('j');
hold('shut storage breaks nothing', page.problems.length === 0 && await focused() === 'Laituri kuntoon talkoilla', page.problems);

await browser.close();
site.close();
process.exit(failed ? 1 : 0);
