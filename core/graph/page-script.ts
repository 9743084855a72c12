/**
 * The page's script, as text, because it runs in a browser. It adds moving, zooming, searching, and the reasons of the node that is clicked.
 * Names and reasons get into the page as text nodes, never as markup.
 */
export const PAGE_SCRIPT = `
'use strict';
const picture = document.getElementById('picture');
const panel = document.getElementById('panel');
const search = document.getElementById('search');
const found = document.getElementById('found');
const data = JSON.parse(document.getElementById('data').textContent);
const nodes = [...picture.querySelectorAll('.node')];
const edges = [...picture.querySelectorAll('.edge')];
const byKey = new Map(nodes.map((node) => [node.dataset.node, node]));
const whole = picture.getAttribute('viewBox').split(' ').map(Number);
let view = [...whole];

function show() {
  picture.setAttribute('viewBox', view.join(' '));
}

function unitsPerPixel() {
  const { width, height } = picture.getBoundingClientRect();
  return Math.max(view[2] / (width || 1), view[3] / (height || 1));
}

/** Returns the point in the picture under a point on the screen. The view is centred in the element. */
function placeAt(x, y) {
  const box = picture.getBoundingClientRect();
  const scale = unitsPerPixel();
  return [
    view[0] + view[2] / 2 + (x - box.left - box.width / 2) * scale,
    view[1] + view[3] / 2 + (y - box.top - box.height / 2) * scale,
  ];
}

function zoom(factor, place) {
  const width = Math.min(whole[2] * 4, Math.max(80, view[2] * factor));
  const real = width / view[2];
  view = [place[0] - (place[0] - view[0]) * real, place[1] - (place[1] - view[1]) * real, width, view[3] * real];
  show();
}

function centre() {
  return [view[0] + view[2] / 2, view[1] + view[3] / 2];
}

function moveTo(node) {
  const box = node.querySelector('rect').getBBox();
  const width = Math.min(view[2], 1200);
  const height = (view[3] / view[2]) * width;
  view = [box.x + box.width / 2 - width / 2, box.y + box.height / 2 - height / 2, width, height];
  show();
}

picture.addEventListener('wheel', (event) => {
  event.preventDefault();
  zoom(Math.exp(Math.sign(event.deltaY) * 0.15), placeAt(event.clientX, event.clientY));
}, { passive: false });

let drag;
let moved = false;
picture.addEventListener('pointerdown', (event) => {
  drag = { x: event.clientX, y: event.clientY, view: [...view] };
  moved = false;
});
window.addEventListener('pointermove', (event) => {
  if (drag === undefined) return;
  const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
  if (!moved && Math.hypot(dx, dy) < 4) return;
  moved = true;
  picture.classList.add('dragging');
  const scale = unitsPerPixel();
  view = [drag.view[0] - dx * scale, drag.view[1] - dy * scale, view[2], view[3]];
  show();
});
window.addEventListener('pointerup', () => {
  drag = undefined;
  picture.classList.remove('dragging');
});
picture.addEventListener('click', (event) => {
  if (moved) return;
  const node = event.target.closest('.node');
  if (node === null) forget();
  else choose(node);
});
picture.addEventListener('keydown', (event) => {
  const node = event.target.closest('.node');
  if (node !== null && (event.key === 'Enter' || event.key === ' ')) {
    event.preventDefault();
    choose(node);
  }
});
document.getElementById('in').addEventListener('click', () => zoom(0.7, centre()));
document.getElementById('out').addEventListener('click', () => zoom(1.4, centre()));
document.getElementById('fit').addEventListener('click', () => {
  view = [...whole];
  show();
});
document.getElementById('only').addEventListener('change', (event) => {
  picture.classList.toggle('only-hit', event.target.checked);
});

function forget() {
  for (const each of [...nodes, ...edges]) each.classList.remove('near', 'chosen');
  picture.classList.toggle('faded', search.value !== '');
  panel.hidden = true;
}

function choose(node) {
  forget();
  const key = node.dataset.node;
  node.classList.add('chosen');
  const near = edges.filter((edge) => edge.dataset.from === key || edge.dataset.to === key);
  for (const edge of near) {
    edge.classList.add('near');
    byKey.get(edge.dataset.from)?.classList.add('near');
    byKey.get(edge.dataset.to)?.classList.add('near');
  }
  picture.classList.add('faded');
  describe(key, near);
}

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
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
  const button = element('button', key.slice(2));
  button.addEventListener('click', () => {
    moveTo(byKey.get(key));
    choose(byKey.get(key));
  });
  return button;
}

function describe(key, near) {
  const facts = data[key];
  const sources = near.filter((edge) => edge.dataset.to === key).map((edge) => link(edge.dataset.from));
  const targets = near.filter((edge) => edge.dataset.from === key).map((edge) => link(edge.dataset.to));
  panel.replaceChildren(
    element('h2', key.slice(2)),
    ...facts.lines.map((line) => element('p', line)),
    ...list('why', facts.reasons),
    ...list('reads', sources),
    ...list('goes into', targets),
  );
  panel.hidden = false;
}

function find() {
  const wanted = search.value.trim().toLowerCase();
  let count = 0;
  for (const node of nodes) {
    const key = node.dataset.node;
    const text = [key.slice(2), ...data[key].lines].join(' ').toLowerCase();
    const isMatch = wanted !== '' && text.includes(wanted);
    node.classList.toggle('match', isMatch);
    if (isMatch) count += 1;
  }
  picture.classList.toggle('faded', wanted !== '');
  found.textContent = wanted === '' ? '' : count + ' found';
}

search.addEventListener('input', find);
search.addEventListener('keydown', (event) => {
  const first = nodes.find((node) => node.classList.contains('match'));
  if (event.key === 'Enter' && first !== undefined) {
    moveTo(first);
    choose(first);
  }
  if (event.key === 'Escape') {
    search.value = '';
    find();
    forget();
  }
});
`;
