/**
 * The page's script, as text, because it runs in a browser. It draws lines, folds boxes, searches, and shows the details of the chosen node.
 * Names and reasons are inserted as text nodes, never as markup.
 */
import { LINES_SCRIPT } from './lines-script';

const PANEL_SCRIPT = `
const panel = document.getElementById('panel');
const search = document.getElementById('search');
const found = document.getElementById('found');
let matches = [];
let current = -1;

/** Unfolds the box and the group of the node, and scrolls to it. */
function goTo(node) {
  node.closest('details').open = true;
  setFolded(node.closest('.group'), false);
  draw();
  const bar = document.querySelector('header').offsetHeight;
  const box = node.getBoundingClientRect();
  if (box.top < bar || box.bottom > innerHeight) scrollTo({ top: scrollY + box.top - innerHeight / 2 });
}

function setFolded(group, folded) {
  if (group === null) return;
  group.classList.toggle('folded', folded);
  group.querySelector('.fold').setAttribute('aria-expanded', String(!folded));
}

function clearChoice() {
  for (const each of nodes) each.classList.remove('near', 'chosen');
  document.body.classList.remove('focus');
  document.body.classList.toggle('faded', matches.length > 0);
  panel.hidden = true;
  draw();
}

/** Returns the keys of all nodes that can be reached from a node in one direction of the edges. */
function reach(key, from, to) {
  const keys = new Set([key]);
  for (const each of keys) for (const edge of edges) if (edge[from] === each) keys.add(edge[to]);
  return keys;
}

function choose(node) {
  const isFocused = document.body.classList.contains('focus');
  clearChoice();
  const key = node.dataset.node;
  node.classList.add('chosen');
  for (const each of [...reach(key, 'to', 'from'), ...reach(key, 'from', 'to')]) {
    if (each !== key) byKey.get(each)?.classList.add('near');
  }
  document.body.classList.add('faded');
  document.body.classList.toggle('focus', isFocused);
  describe(key);
  draw();
}

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

function button(text, act) {
  const made = element('button', text);
  made.type = 'button';
  made.addEventListener('click', act);
  return made;
}

function list(title, items) {
  if (items.length === 0) return [];
  const made = document.createElement('ul');
  for (const item of items) {
    const line = document.createElement('li');
    line.append(item);
    made.append(line);
  }
  return [element('h3', title), made];
}

function link(key) {
  return button(key.slice(2), () => {
    choose(byKey.get(key));
    goTo(byKey.get(key));
  });
}

function describe(key) {
  const facts = data.nodes[key];
  const tools = element('div', '');
  tools.className = 'tools';
  tools.append(
    button('only related', () => {
      document.body.classList.toggle('focus');
      draw();
      goTo(byKey.get(key));
    }),
    button('close', clearChoice),
  );
  panel.replaceChildren(
    element('h2', key.slice(2)),
    tools,
    ...facts.lines.map((line) => element('p', line)),
    ...list('reasons', facts.reasons),
    ...list('reads', edges.filter((edge) => edge.to === key).map((edge) => link(edge.from))),
    ...list('used by', edges.filter((edge) => edge.from === key).map((edge) => link(edge.to))),
  );
  panel.hidden = false;
}

function find() {
  const wanted = search.value.trim().toLowerCase();
  matches = wanted === '' ? [] : nodes.filter((node) => {
    const key = node.dataset.node;
    return [key.slice(2), ...data.nodes[key].lines].join(' ').toLowerCase().includes(wanted);
  });
  // A name that begins with the text comes first.
  matches.sort((a, b) => Number(startsWith(b, wanted)) - Number(startsWith(a, wanted)));
  for (const node of nodes) node.classList.toggle('match', matches.includes(node));
  document.body.classList.toggle('faded', wanted !== '');
  found.textContent = wanted === '' ? '' : matches.length + ' found';
  current = -1;
  if (matches.length > 0) goTo(matches[0]);
  else draw();
}

function startsWith(node, wanted) {
  return node.dataset.node.slice(2).toLowerCase().startsWith(wanted);
}

/** Chooses the next match (1) or the previous one (-1). */
function step(by) {
  if (matches.length === 0) return;
  current = current < 0 && by > 0 ? 0 : (current + by + matches.length) % matches.length;
  choose(matches[current]);
  goTo(matches[current]);
  found.textContent = current + 1 + ' of ' + matches.length;
}

/** Moves the focus to the nearest node in the direction of an arrow key. */
function moveFocus(from, key) {
  const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
  const box = from.getBoundingClientRect();
  let best;
  let shortest = Infinity;
  for (const node of nodes) {
    const other = node.getBoundingClientRect();
    const [x, y] = [other.left - box.left, other.top - box.top];
    const along = x * dx + y * dy;
    if (node === from || along <= 4 || !node.checkVisibility()) continue;
    const distance = along + 3 * Math.abs(x * dy + y * dx);
    if (distance < shortest) [best, shortest] = [node, distance];
  }
  best?.focus();
}

map.addEventListener('click', ({ target }) => {
  const node = target.closest('.node');
  const fold = target.closest('.fold');
  if (node !== null) choose(node);
  else if (fold !== null) {
    setFolded(fold.parentElement, !fold.parentElement.classList.contains('folded'));
    draw();
  } else if (target.closest('summary') === null && !panel.hidden) clearChoice();
});
map.addEventListener('keydown', (event) => {
  const node = event.target.closest('.node');
  if (node === null || !event.key.startsWith('Arrow')) return;
  event.preventDefault();
  moveFocus(node, event.key);
});
map.addEventListener('toggle', draw, true);
for (const [name, hint] of [['pointerover', true], ['pointerout', false], ['focusin', true], ['focusout', false]]) {
  map.addEventListener(name, ({ target }) => {
    const key = target.closest?.('.node')?.dataset.node;
    if (key !== undefined) highlight(key, hint);
  });
}
document.getElementById('only').addEventListener('change', ({ target }) => {
  document.body.classList.toggle('only', target.checked);
  draw();
});
for (const name of ['fold', 'unfold']) {
  document.getElementById(name).addEventListener('click', () => {
    for (const box of map.querySelectorAll('details')) box.open = name === 'unfold';
    for (const group of map.querySelectorAll('.group')) setFolded(group, false);
    draw();
  });
}
search.addEventListener('input', find);
search.addEventListener('keydown', (event) => {
  if (event.key === 'Enter') step(event.shiftKey ? -1 : 1);
});
document.addEventListener('keydown', (event) => {
  if (event.key === '/' && document.activeElement !== search) {
    event.preventDefault();
    search.focus();
  }
  if (event.key !== 'Escape') return;
  search.value = '';
  find();
  clearChoice();
});
/** A link such as #s:auth opens the page at a node. */
function openHash() {
  const node = byKey.get(decodeURIComponent(location.hash.slice(1)));
  if (node === undefined) return;
  choose(node);
  goTo(node);
}
addEventListener('hashchange', openHash);
new ResizeObserver(draw).observe(map);
draw();
openHash();
`;

/** The whole script. */
export const PAGE_SCRIPT = `'use strict';\n${LINES_SCRIPT}${PANEL_SCRIPT}`;
