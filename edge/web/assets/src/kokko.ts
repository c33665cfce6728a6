// What a browser adds to pages that work without it. Each part looks for its
// own data attribute and does nothing when it is not on the page. No words
// live here: every text a person meets comes from the page, in its language.
//
//   form[data-draft=KEY]        keep what is typed; [data-draft-note] shows, [data-draft-drop] empties
//   [data-draft-clear=KEY]      the drop succeeded: forget the draft
//   [data-count-for=ID]         signs left, words from data-left ("… {n} …")
//   [data-near=ADDRESS]         in a form: asks there what is like its text, and shows the answer
//   [data-keep]                 a language link that keeps query and place on the page
//   button[data-copy=SELECTOR]  copy that element's text or href; data-done is said
//   button[data-print]          print
//   form[data-leave]            ask before leaving with unsent changes
//   [data-keys]                 a list walked with j, k, Enter, x (choose), a (answer), ?; dialog[data-keys-help]
//   [data-key=LETTER]           pressed by that letter; with data-key-to=SELECTOR what is in it gets the focus
//   [data-suggest=URL]          what is typed in its field is completed from there; Esc, arrows, Enter
//   [data-slash]                a box that says whether / leads to the search field
//   details[data-menu]          a group of the menu: shut by Esc, by pressing elsewhere
//   [data-many]                 opens when something is chosen with [data-pick]
//
// Things that only work with script are `hidden` in the page and shown here.

type Box = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

const all = <T extends Element = HTMLElement>(selector: string, root: ParentNode = document): T[] =>
  Array.from(root.querySelectorAll<T>(selector));
const one = <T extends Element = HTMLElement>(selector: string, root: ParentNode = document): T | null =>
  root.querySelector<T>(selector);

// Storage may be shut (private windows, policies): then nothing is kept, and
// nothing breaks.
function keep(store: 'localStorage' | 'sessionStorage', key: string, value: string | null): void {
  try {
    if (value === null) window[store].removeItem(key);
    else window[store].setItem(key, value);
  } catch { /* nothing to do: the page works without */ }
}
function kept(store: 'localStorage' | 'sessionStorage', key: string): string | null {
  try {
    return window[store].getItem(key);
  } catch {
    return null;
  }
}

// ---- the draft -------------------------------------------------------------
// The spark's own words outlive the tab and an expired session. Who one is does
// not: name, e-mail and phone stay in the tab, because the machine may be the
// library's. Drafts are forgotten after two weeks.

const DRAFT_DAYS = 14;
const isPersonal = (box: Box): boolean =>
  /^(name|email|phone)$/.test(box.name) || /name|email|tel/.test(box.autocomplete || '');
const isKept = (box: Box): boolean =>
  !!box.name && !box.disabled && !/^(hidden|password|file|submit|button)$/.test(box.type) && box.dataset.draftSkip === undefined;

interface Draft { at: number; boxes: Record<string, string[]> }

function read(store: 'localStorage' | 'sessionStorage', key: string): Draft | null {
  try {
    const draft = JSON.parse(kept(store, key) ?? 'null') as Draft | null;
    if (!draft || typeof draft.boxes !== 'object' || Date.now() - draft.at > DRAFT_DAYS * 864e5) return null;
    return draft;
  } catch {
    return null; // not ours, or broken: as if there were none
  }
}

function boxesOf(form: HTMLFormElement): Box[] {
  return (Array.from(form.elements) as Box[]).filter((box) => 'value' in box && isKept(box));
}

function gather(boxes: Box[]): Record<string, string[]> {
  const values: Record<string, string[]> = {};
  for (const box of boxes) {
    const list = (values[box.name] ??= []);
    const tick = box instanceof HTMLInputElement && /^(checkbox|radio)$/.test(box.type);
    if (tick ? (box as HTMLInputElement).checked : box.value !== '') list.push(box.value);
  }
  return values;
}

// changed says whether the form holds anything its page did not come with.
function changed(boxes: Box[]): boolean {
  return boxes.some((box) => {
    if (box instanceof HTMLSelectElement) return box.selectedIndex !== Math.max(0, Array.from(box.options).findIndex((o) => o.defaultSelected));
    if (box instanceof HTMLInputElement && /^(checkbox|radio)$/.test(box.type)) return box.checked !== box.defaultChecked;
    return box.value !== (box as HTMLInputElement).defaultValue;
  });
}

function draft(form: HTMLFormElement): void {
  const key = `kokko.draft.${form.dataset.draft}`;
  const note = one('[data-draft-note]', form);
  const stores = ['localStorage', 'sessionStorage'] as const;
  const show = (on: boolean): void => { if (note) note.hidden = !on; };

  // What the server sent back (after a mistake) is newer than the draft: only a
  // form as it was first served is filled.
  const boxes = boxesOf(form);
  if (!form.hasAttribute('data-draft-fresh') && !boxes.some((b) => b.tagName === 'TEXTAREA' && b.value)) {
    let filled = false;
    for (const store of stores) {
      const found = read(store, key);
      for (const box of found ? boxes : []) {
        const values = found!.boxes[box.name];
        if (!Array.isArray(values)) continue;
        if (box instanceof HTMLInputElement && /^(checkbox|radio)$/.test(box.type)) box.checked = values.includes(box.value);
        else if (!box.value && typeof values[0] === 'string') box.value = values[0];
        filled ||= values.length > 0;
      }
    }
    show(filled);
    if (filled) boxes.forEach((b) => b.dispatchEvent(new Event('input', { bubbles: true })));
  }

  const save = (): void => {
    const now = boxesOf(form);
    const write = (store: typeof stores[number], personal: boolean): void =>
      keep(store, key, JSON.stringify({ at: Date.now(), boxes: gather(now.filter((b) => isPersonal(b) === personal)) }));
    write('localStorage', false);
    write('sessionStorage', true);
    show(true);
  };
  let wait = 0;
  form.addEventListener('input', (e) => {
    if (!e.isTrusted) return;
    clearTimeout(wait);
    wait = window.setTimeout(() => { wait = 0; save(); }, 400);
  });
  form.addEventListener('submit', save);
  window.addEventListener('pagehide', () => { if (wait) save(); });

  one('[data-draft-drop]', form)?.addEventListener('click', () => {
    clearTimeout(wait);
    stores.forEach((store) => keep(store, key, null));
    for (const box of boxesOf(form)) {
      if (box instanceof HTMLInputElement && /^(checkbox|radio)$/.test(box.type)) box.checked = box.defaultChecked;
      else if (box instanceof HTMLSelectElement) box.selectedIndex = 0;
      else box.value = '';
      box.dispatchEvent(new Event('input', { bubbles: true }));
    }
    show(false);
    one<HTMLElement>('textarea', form)?.focus();
    wait = 0;
  });
}

// ---- signs left -----------------------------------------------------------

// Signs are counted as the server does: by code point.
function counter(out: HTMLElement): void {
  const box = document.getElementById(out.dataset.countFor ?? '') as HTMLTextAreaElement | null;
  const limit = Number(out.dataset.limit ?? box?.getAttribute('maxlength'));
  if (!box || !limit) return;
  const words = out.dataset.left ?? '{n}';
  const number = new Intl.NumberFormat(document.documentElement.lang || 'fi');
  const spoken = document.createElement('span'); // a calm second voice for screen readers
  const seen = document.createElement('span');
  spoken.className = 'aloud';
  spoken.setAttribute('role', 'status');
  seen.setAttribute('aria-hidden', 'true');
  out.replaceChildren(seen, spoken);
  let wait = 0;
  const tell = (): void => {
    const left = limit - Array.from(box.value).length;
    seen.textContent = words.replace('{n}', number.format(left));
    clearTimeout(wait);
    // Said only when the end is near, and after the hands have stopped.
    if (left <= limit / 10) wait = window.setTimeout(() => { spoken.textContent = seen.textContent; }, 1200);
    else spoken.textContent = '';
  };
  box.addEventListener('input', tell);
  tell();
}

// ---- similar sparks -------------------------------------------------------
// Asked after the hands have stopped; what is on its way is given up as soon as they
// go on. Whatever goes wrong, writing goes on: then there is no list.

const NEAR_WAIT = 450; // ms
const NEAR_LEAST = 12; // signs: before that nothing can be said

function near(place: HTMLElement): void {
  const form = place.closest('form');
  const box = form && one<HTMLTextAreaElement>('textarea[name=text]', form);
  if (!form || !box) return;
  const spoken = document.createElement('p'); // what comes and goes is said calmly
  spoken.className = 'aloud';
  spoken.setAttribute('role', 'status');
  const list = document.createElement('div');
  list.append(...place.childNodes);
  place.append(spoken, list);
  let wait = 0;
  let way: AbortController | undefined;
  let last = '';
  const say = (words: string): void => { if (spoken.textContent !== words) spoken.textContent = words; };
  const show = (html: string): void => {
    if (list.contains(document.activeElement)) return; // nothing goes from under the hands
    list.innerHTML = html;
    say(one('[data-said]', list)?.dataset.said ?? '');
  };
  const ask = async (): Promise<void> => {
    const body = new URLSearchParams();
    new FormData(form).forEach((value, name) => {
      if (typeof value === 'string' && /^(text|title|place|once|eri)$/.test(name)) body.append(name, value);
    });
    if (body.toString() === last) return;
    if (box.value.trim().length < NEAR_LEAST) { last = ''; show(''); return; }
    const mine = way = new AbortController();
    try {
      const answer = await fetch(place.dataset.near!, { method: 'POST', body, signal: mine.signal });
      const html = answer.ok ? await answer.text() : '';
      if (way === mine && answer.ok) { last = body.toString(); show(html); }
    } catch { /* given up, or the network is away */ }
  };
  const soon = (): void => {
    way?.abort();
    way = undefined;
    clearTimeout(wait);
    wait = window.setTimeout(() => void ask(), NEAR_WAIT);
  };
  form.addEventListener('input', (e) => { if (/^(text|title|place)$/.test((e.target as Box).name)) soon(); });
  place.addEventListener('click', (e) => {
    const button = (e.target as Element).closest<HTMLButtonElement>('button[name=erota]');
    const row = button?.closest('li');
    if (!button || !row) return;
    e.preventDefault();
    const other = document.createElement('input');
    other.type = 'hidden';
    other.name = 'eri';
    other.value = button.value;
    place.before(other);
    const to = row.nextElementSibling ?? row.previousElementSibling;
    const gone = row.closest<HTMLElement>('[data-gone]');
    (to ? one('a', to) : box)?.focus();
    if (to) row.remove();
    else list.replaceChildren();
    say(gone?.dataset.gone ?? '');
  });
  if (box.value && !list.firstElementChild) soon();
}

// ---- small hands ------------------------------------------------------------

function copier(button: HTMLButtonElement): void {
  if (!navigator.clipboard) return;
  button.hidden = false;
  const said = document.createElement('span');
  said.setAttribute('role', 'status');
  said.className = 'meta';
  button.after(said);
  button.addEventListener('click', async () => {
    const from = one(button.dataset.copy ?? '');
    const text = from instanceof HTMLAnchorElement ? from.href : from?.textContent?.trim();
    if (!text) return;
    try {
      await navigator.clipboard.writeText(text);
      said.textContent = button.dataset.done ?? '✓';
    } catch {
      said.textContent = button.dataset.failed ?? '';
    }
  });
}

function leaver(form: HTMLFormElement): void {
  let sent = false;
  form.addEventListener('submit', () => { sent = true; });
  window.addEventListener('beforeunload', (e) => {
    if (!sent && changed(boxesOf(form))) e.preventDefault();
  });
}

// ---- the work list by keyboard ------------------------------------------------
// Single letters may be switched off (WCAG 2.1.4): by the office's own setting
// (body[data-keys-off]) or in this browser from the help dialog.

function walker(list: HTMLElement): void {
  const help = one<HTMLDialogElement>('dialog[data-keys-help]');
  const choice = help ? one<HTMLInputElement>('input[type=checkbox]', help) : null;
  const OFF = 'kokko.keys.off';
  const isOff = (): boolean => document.body.hasAttribute('data-keys-off') || kept('localStorage', OFF) === '1';
  if (choice) {
    choice.checked = !isOff();
    choice.addEventListener('change', () => keep('localStorage', OFF, choice.checked ? null : '1'));
  }
  for (const opener of all<HTMLButtonElement>('[data-keys-open]')) {
    opener.hidden = !help;
    opener.addEventListener('click', () => help?.showModal());
  }
  const many = one<HTMLDetailsElement>('details[data-many]');
  const picks = (): HTMLInputElement[] => all<HTMLInputElement>('input[data-pick]', list);
  const opened = (): void => { if (many && picks().some((p) => p.checked)) many.open = true; };
  list.addEventListener('change', opened);
  const pressed = (key: string): boolean => {
    const target = one(`[data-key="${key}"]`);
    if (!target) return false;
    if (target.dataset.keyTo) one(target.dataset.keyTo, target)?.focus();
    else target.click();
    return true;
  };
  document.addEventListener('keydown', (e) => {
    if (e.defaultPrevented || e.ctrlKey || e.altKey || e.metaKey || help?.open || isOff()) return;
    const at = e.target as HTMLElement;
    const typing = at.isContentEditable || /^(TEXTAREA|SELECT)$/.test(at.tagName) ||
      at instanceof HTMLInputElement && !/^(checkbox|radio|button|submit)$/.test(at.type);
    if (typing) return;
    const links = all<HTMLAnchorElement>('a[data-row]', list);
    const row = links.findIndex((a) => a === at || a.closest('li')?.contains(at));
    const box = row < 0 ? null : one<HTMLInputElement>('input[data-pick]', links[row].closest('li')!);
    const go = (i: number): boolean => {
      links[Math.max(0, Math.min(i, links.length - 1))]?.focus();
      return links.length > 0;
    };
    let done = false;
    switch (e.key) {
      case 'j': done = go(row + 1); break;
      case 'k': done = go(row < 0 ? links.length - 1 : row - 1); break;
      case 'Enter': done = row >= 0 && !/^(A|BUTTON|INPUT|SUMMARY)$/.test(at.tagName); if (done) links[row].click(); break;
      case 'x': done = box !== null; box?.click(); opened(); break;
      case 'a':
        if (row >= 0) { location.href = `${links[row].href}#vastaus`; done = true; } else done = pressed('a');
        break;
      case 'y': // with nothing chosen, the row one is on
        if (box && !picks().some((p) => p.checked)) box.click();
        done = pressed('y');
        break;
      case 'u': done = pressed('u'); break;
      case '?': done = help !== null; help?.showModal(); break;
    }
    if (done) e.preventDefault();
  });
}

// ---- finding --------------------------------------------------------------
// A field that is completed while one types: a combobox with a list below, as
// ARIA has it. One question is on its way at a time; a later one calls it off.

function completed(box: HTMLElement): void {
  const field = one<HTMLInputElement>('input[type=search]', box);
  const form = field?.form;
  if (!field || !form) return;
  const list = document.createElement('div'); // what the server gives
  const said = document.createElement('span');
  said.className = 'aloud';
  said.setAttribute('role', 'status');
  list.className = 'suggested';
  list.hidden = true;
  box.append(list, said);
  for (const [name, value] of Object.entries({ role: 'combobox', 'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': 'ehdotukset' })) field.setAttribute(name, value);
  let at = -1, wait = 0, call: AbortController | null = null;
  const options = (): HTMLElement[] => all('[role=option]', list);
  const choose = (i: number): void => {
    at = i;
    options().forEach((o, n) => o.setAttribute('aria-selected', String(n === i)));
    if (i < 0) field.removeAttribute('aria-activedescendant');
    else {
      field.setAttribute('aria-activedescendant', options()[i].id);
      options()[i].scrollIntoView({ block: 'nearest' });
    }
  };
  const show = (on: boolean): void => {
    list.hidden = !on;
    field.setAttribute('aria-expanded', String(on));
    if (!on) { said.textContent = ''; choose(-1); }
  };
  const stop = (): void => { clearTimeout(wait); call?.abort(); show(false); };
  const take = (option: HTMLElement): void => {
    stop();
    if (option.dataset.go) location.href = option.dataset.go;
    else {
      field.value = option.dataset.value ?? '';
      form.requestSubmit();
    }
  };
  const ask = async (): Promise<void> => {
    call?.abort();
    const mine = call = new AbortController();
    try {
      const answer = await fetch(`${box.dataset.suggest}?${new URLSearchParams({ sanat: field.value })}`, { signal: mine.signal });
      if (!answer.ok) return show(false);
      list.innerHTML = await answer.text();
      if (mine.signal.aborted) return;
      at = -1;
      show(options().length > 0 && document.activeElement === field);
      if (!list.hidden) said.textContent = one('[data-said]', list)?.dataset.said ?? '';
    } catch { /* called off, or the net is gone: the field works without */ }
  };
  field.addEventListener('input', () => {
    clearTimeout(wait);
    if (field.value.trim().length < 2) return stop();
    wait = window.setTimeout(ask, 180);
  });
  field.addEventListener('keydown', (e) => {
    const n = options().length;
    if (list.hidden || !n || e.isComposing) return;
    if (e.key === 'ArrowDown') choose((at + 1) % n);
    else if (e.key === 'ArrowUp') choose(at < 1 ? n - 1 : at - 1);
    else if (e.key === 'Enter' && at >= 0) take(options()[at]);
    else if (e.key === 'Escape') stop();
    else return;
    e.preventDefault();
  });
  field.addEventListener('blur', stop);
  list.addEventListener('mousedown', (e) => e.preventDefault()); // the field keeps the focus
  list.addEventListener('click', (e) => {
    const option = (e.target as HTMLElement).closest<HTMLElement>('[role=option]');
    if (option) take(option);
  });
}

// The key / leads to the field, unless one types or has switched single letters off.
const NO_SLASH = 'kokko.keys.off';
document.addEventListener('keydown', (e) => {
  const on = e.target as HTMLElement;
  if (e.key !== '/' || e.defaultPrevented || e.ctrlKey || e.altKey || e.metaKey || on.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(on.tagName)) return;
  const field = document.getElementById('haku') as HTMLInputElement | null;
  if (!field || document.body.hasAttribute('data-keys-off') || kept('localStorage', NO_SLASH) === '1') return;
  e.preventDefault();
  field.focus();
  field.select();
});
function slash(choice: HTMLElement): void {
  const box = one<HTMLInputElement>('input', choice);
  if (!box) return;
  choice.hidden = false;
  box.checked = kept('localStorage', NO_SLASH) !== '1';
  box.addEventListener('change', () => keep('localStorage', NO_SLASH, box.checked ? null : '1'));
}

// ---- the menu's groups --------------------------------------------------------------
// Only one is open at a time by their common name; without script each is shut where
// it was opened.

function group(menu: HTMLDetailsElement): void {
  document.addEventListener('click', (e) => {
    if (menu.open && !menu.contains(e.target as Node)) menu.open = false;
  });
  menu.addEventListener('keydown', (e) => {
    if (e.key !== 'Escape' || !menu.open) return;
    menu.open = false;
    one<HTMLElement>('summary', menu)?.focus();
  });
}

// ---- wiring ---------------------------------------------------------------------

for (const done of all('[data-draft-clear]')) {
  const key = `kokko.draft.${done.dataset.draftClear}`;
  keep('localStorage', key, null);
  keep('sessionStorage', key, null);
}
all('[data-count-for]').forEach(counter);
all('[data-near]').forEach(near);
all<HTMLFormElement>('form[data-draft]').forEach(draft);
all('[data-suggest]').forEach(completed);
all('[data-slash]').forEach(slash);
all<HTMLDetailsElement>('details[data-menu]').forEach(group);
all<HTMLButtonElement>('button[data-copy]').forEach(copier);
for (const b of all<HTMLButtonElement>('button[data-print]')) {
  b.hidden = false;
  b.addEventListener('click', () => window.print());
}
all<HTMLFormElement>('form[data-leave]').forEach(leaver);
all('[data-keys]').forEach(walker);
for (const link of all<HTMLAnchorElement>('a[data-keep]')) {
  link.addEventListener('click', () => {
    const to = new URL(link.href);
    if (!to.search) to.search = location.search;
    to.hash = location.hash;
    link.href = to.href;
  });
}
// After a refused form the list of mistakes is where reading starts: the page
// says so itself (autofocus), except where the browser came with a fragment.
if (location.hash) one<HTMLElement>('.errors')?.focus();
