/**
 * The part of the page's script that draws the lines. Each source has its own colour and its own lanes, which all of its lines share. A line
 * runs through the bus between modules and stages, the lanes at the top of the target's box, and the gutter left of the target's column. No
 * line crosses a node.
 */
export const LINES_SCRIPT = `
const map = document.getElementById('map');
const lines = document.getElementById('lines');
const data = JSON.parse(document.getElementById('data').textContent);
const nodes = [...map.querySelectorAll('.node')];
const byKey = new Map(nodes.map((node) => [node.dataset.node, node]));
const edges = data.edges.map(([from, to, kind, hit]) => ({ from, to, kind, hit: hit === 1 }));
const LANE = 3;
/** In a graph with more edges, only the lines of the change and of the chosen node are drawn. */
const MAX_LINES = 4000;

/** Redraws all lines for the current layout of the boxes. */
function draw() {
  const drawn = visibleLines();
  const headers = lanesOf(drawn, (line) => line.box);
  const bus = lanesOf(drawn, () => map);
  const busLanes = bus.get(map)?.length ?? 0;
  map.style.setProperty('--bus', Math.min(160, 24 + busLanes * LANE) + 'px');
  for (const box of map.querySelectorAll('details')) {
    box.style.setProperty('--lanes', Math.min(60, (headers.get(box)?.length ?? 0) * LANE) + 'px');
  }
  const gutters = lanesOf(drawn, (line) => line.gutter());
  const origin = map.getBoundingClientRect();
  const rects = new Map();
  const rectOf = (each) => {
    if (!rects.has(each)) {
      const { left, top, right, bottom } = each.getBoundingClientRect();
      rects.set(each, { left: left - origin.left, top: top - origin.top, right: right - origin.left, bottom: bottom - origin.top });
    }
    return rects.get(each);
  };
  const stages = map.querySelector('.stages');
  const busRight = stages === null ? 0 : rectOf(stages).left - 6;
  lines.replaceChildren(...drawn.map((line) => {
    const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    path.setAttribute('d', route(line, { rectOf, busRight, bus: bus.get(map), header: headers.get(line.box), gutter: gutters.get(line.gutter()) }));
    path.setAttribute('class', ['line', line.kind, line.hit ? 'hit' : '', isNear(line) ? 'near' : ''].join(' '));
    path.style.setProperty('--hue', String((sources.get(line.start) * 137) % 360));
    path.dataset.from = line.from;
    path.dataset.to = line.to;
    return path;
  }));
}

/** The index of each possible source, which determines its colour. */
const sources = new Map([...map.querySelectorAll('.node, summary, .fold')].map((each, at) => [each, at]));

function isNear({ from, to }) {
  const chosen = map.querySelector('.chosen')?.dataset.node;
  const touches = (key) => key === chosen || byKey.get(key).classList.contains('near');
  return chosen !== undefined && touches(from) && touches(to);
}

function highlight(key, on) {
  for (const path of lines.children) {
    if (path.dataset.from === key || path.dataset.to === key) path.classList.toggle('near', on || isNear(path.dataset));
  }
}

/** Returns the visible element of a node: itself, or the group or box that it is folded into. Undefined if that is hidden, too. */
function anchorOf(node) {
  const box = node.closest('details');
  const group = node.closest('.group.folded');
  const anchor = !box.open ? box.querySelector('summary') : group === null ? node : group.querySelector('.fold');
  return anchor.getClientRects().length > 0 ? anchor : undefined;
}

/** Returns one line for each pair of anchors. */
function visibleLines() {
  const found = new Map();
  const anchors = new Map(nodes.map((node) => [node.dataset.node, anchorOf(node)]));
  const ids = new Map([...anchors.values()].map((anchor, at) => [anchor, at]));
  for (const edge of edges) {
    const start = anchors.get(edge.from);
    const end = anchors.get(edge.to);
    if (start === undefined || end === undefined || start === end) continue;
    if (edges.length > MAX_LINES && !edge.hit && !isNear(edge)) continue;
    const key = ids.get(start) + ' ' + ids.get(end);
    const known = found.get(key);
    if (known === undefined) {
      const box = end.closest('details');
      const isFolded = end.tagName === 'SUMMARY';
      found.set(key, { ...edge, start, end, box, isFolded, gutter: () => (isFolded ? box : columnOf(box, end)) });
    } else if (edge.hit) known.hit = true;
  }
  return [...found.values()].sort((a, b) => Number(a.hit) - Number(b.hit));
}

/** Returns the sources whose lines share a place, in page order, by place. */
function lanesOf(drawn, placeOf) {
  const places = new Map();
  for (const line of drawn) {
    const place = placeOf(line);
    if (!places.has(place)) places.set(place, new Set());
    places.get(place).add(line.start);
  }
  return new Map([...places].map(([place, starts]) => [place, [...starts].sort((a, b) => sources.get(a) - sources.get(b))]));
}

/** Returns a key of the target's column in its box. */
function columnOf(box, end) {
  return sources.get(box.querySelector('summary')) + ' ' + Math.round(end.getBoundingClientRect().left);
}

function route({ start, end, box, isFolded }, { rectOf, busRight, bus, header, gutter }) {
  const from = rectOf(start);
  const to = rectOf(end);
  const inModules = start.closest('.modules') !== null;
  const y1 = (from.top + from.bottom) / 2;
  const y2 = (to.top + to.bottom) / 2;
  const laneX = busRight - spread(bus, start, Math.min(140, (bus.length + 1) * LANE));
  const cells = isFolded ? undefined : rectOf(box.querySelector('.cells'));
  const height = Math.min(60, header.length * LANE);
  const laneY = isFolded ? y2 : cells.top + 1 + height - spread(header, start, height);
  const gutterX = isFolded ? undefined : to.left - 17 + spread(gutter, start, 15);
  const own = start.closest('details');
  const points = [];
  if (inModules && from.right < busRight) points.push([from.right, y1], [laneX, y1]);
  else if (start.tagName === 'SUMMARY') points.push([rectOf(own).left, y1], [laneX, y1]);
  else points.push(...leave(start, own, rectOf, laneX, own === box ? laneY : undefined, spread([start], start, 4)));
  if (isFolded) return rounded([...points, [laneX, y2], [rectOf(box).left, y2]]);
  if (own === box && !inModules) return rounded([...points, [gutterX, laneY], [gutterX, y2], [to.left, y2]]);
  return rounded([...points, [laneX, laneY], [gutterX, laneY], [gutterX, y2], [to.left, y2]]);
}

/** Returns the points from a service to the lanes of its box and, if the target is in another box, on to the bus. */
function leave(start, own, rectOf, laneX, laneY, offset) {
  const from = rectOf(start);
  const y = from.top + 5;
  const x = from.left - 3 - offset / 4;
  const top = laneY ?? rectOf(own.querySelector('.cells')).top + 1;
  return laneY === undefined ? [[from.left, y], [x, y], [x, top], [laneX, top]] : [[from.left, y], [x, y], [x, top]];
}

/** Returns the offset of a source's lane within the width that the sources of a place share. */
function spread(starts, start, width) {
  return ((starts.indexOf(start) + 1) * width) / (starts.length + 1);
}

/** Returns a path through the points, with rounded corners. */
function rounded(points) {
  let path = 'M' + points[0].join(',');
  for (let at = 1; at < points.length; at += 1) {
    const [before, here, after] = [points[at - 1], points[at], points[at + 1]];
    if (after === undefined) return path + ' L' + here.join(',');
    const radius = Math.min(4, distance(before, here) / 2, distance(here, after) / 2);
    path += ' L' + towards(here, before, radius).join(',') + ' Q' + here.join(',') + ' ' + towards(here, after, radius).join(',');
  }
  return path;
}

function distance([x1, y1], [x2, y2]) {
  return Math.hypot(x2 - x1, y2 - y1);
}

function towards([x1, y1], [x2, y2], length) {
  const whole = Math.hypot(x2 - x1, y2 - y1) || 1;
  return [x1 + ((x2 - x1) * length) / whole, y1 + ((y2 - y1) * length) / whole];
}
`;
