// The page of one client.
import {announce, byId, bytes, chart, drawn, duration, element, Follower, health, kind, number, rate, setText} from "./format.js";

const path = `/client/${encodeURIComponent(document.body.dataset.client)}`;
const lanes = [["state", "server's socket"], ["far", "client's socket"]];

const segments = n => n === 1 ? "1 segment" : `${number(n)} segments`;

// A fact is: its name, its text, and whether it needs TCP's counters.
const facts = [
  ["Client", c => c.client], ["Server", c => c.server], ["Listener", c => c.listener],
  ["State", c => c.state || "gone"], ["Client's state", c => c.far ? c.far + (c.expires > 0 ? `, ${c.timer} in ${duration(c.expires)}` : "") : "–"],
  ["Descriptor", c => c.state === "" ? "–" : !c.fd ? "none" : c.descriptor >= 0 ? String(c.descriptor) : "yes"],
  ["In", c => bytes(c.in), true], ["Out", c => bytes(c.out), true], ["Rate", c => rate(c.rate), true],
  ["Receive queue", c => bytes(c.unread)], ["Send queue", c => bytes(c.unacked)], ["Held by the server", c => bytes(c.held), true],
  ["In its memory", c => bytes(c.holding.memory)], ["In a file", c => bytes(c.holding.file)], ["In a pipe", c => bytes(c.holding.pipe)],
  ["Round trip", c => duration(c.rtt), true], ["Congestion window", c => segments(c.cwnd), true],
  ["Retransmitted", c => segments(c.retrans), true], ["Idle", c => duration(c.idle), true],
  ["Seen for", c => (c.older ? "≥ " : "") + duration(c.now - c.since)],
];

// bands are the times that a lane was in each state.
function bands(moments, lane, end) {
  const list = [];
  moments.forEach((m, i) => {
    const state = m[lane], until = moments[i + 1]?.at ?? end, before = list.at(-1);
    if (before?.state === state) before.until = until;
    else list.push({state, from: m.at, until});
  });
  return list.filter(b => b.state !== "");
}

// A state lasts as wide as its time, but its name must fit: short ones are drawn wider, and the others share what is left.
function drawLife(c) {
  const svg = byId("life"), width = Math.max(280, svg.clientWidth || 800), height = 132, left = 4;
  const end = Math.max(c.now, c.moments.at(-1).at + 0.001);
  const used = lanes.filter(([lane]) => c.moments.some(m => m[lane] !== ""));
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const x = scale(c.moments.map(m => m.at), end, left, width - 2 * left);
  const parts = [];
  used.forEach(([lane, label], i) => {
    const y = 18 + i * 52;
    parts.push(drawn("text", {x: left, y: y - 5, class: "lane"}, label));
    for (const b of bands(c.moments, lane, end)) {
      const from = x(b.from), wide = Math.max(2, x(b.until) - from);
      const group = drawn("g", {class: `band ${kind(b.state)}`});
      group.append(drawn("title", {}, `${b.state}: ${duration(b.until - b.from)}`), drawn("rect", {x: from, y, width: wide, height: 26, rx: 4}));
      if (wide > b.state.length * 7.2 + 12) group.append(drawn("text", {x: from + 8, y: y + 17}, b.state));
      parts.push(group);
    }
  });
  const axis = 18 + used.length * 52 + 4;
  svg.setAttribute("viewBox", `0 0 ${width} ${axis + 8}`);
  parts.push(drawn("text", {x: left, y: axis, class: "lane"}, c.older ? "before" : "0"));
  parts.push(drawn("text", {x: width - left, y: axis, class: "lane", "text-anchor": "end"}, c.over ? "over" : `now, ${duration(end - c.since)}`));
  svg.replaceChildren(...parts);
}

// scale gives each stretch between two changes a least width, if there is room, and the rest by its time.
function scale(times, end, left, width) {
  const edges = [...times, end], least = Math.min(96, width / Math.max(1, times.length) * 0.8);
  const total = Math.max(1e-9, end - edges[0]), rest = width - least * times.length;
  const at = [left];
  for (let i = 1; i < edges.length; i++) at.push(at[i - 1] + least + rest * (edges[i] - edges[i - 1]) / total);
  return t => at[edges.indexOf(t)] ?? at.at(-1);
}

function showMoments(c) {
  const list = byId("moments");
  while (list.children.length < c.moments.length) list.append(element("li", {}, element("time"), element("span")));
  c.moments.forEach((m, i) => {
    const [time, text] = list.children[i].children;
    const first = i === 0 ? (c.older ? "was there already: " : "") : "";
    const far = m.far ? `, the client's ${m.far}` : "";
    setText(time, i === 0 ? (c.older ? "before" : "0") : `+${duration(m.at - c.since)}`);
    setText(text, m.state === "" && m.far === "" ? "over: the kernel has no such socket any more" : `${first}${m.state || "gone"}${far}`);
  });
}

// drawLadder gets the picture again when there is more on it.
let ladder = "";
function drawLadder(c) {
  const version = `${c.moments.length}.${c.recorded}`;
  if (version === ladder) return;
  ladder = version;
  byId("drawing").src = `${path}/life.svg?version=${version}`;
}

function showFacts(c) {
  const list = byId("facts");
  if (!list.firstChild) list.append(...facts.map(([name]) => element("div", {}, element("dt", {}, name), element("dd"))));
  facts.forEach(([, text, counted], i) => setText(list.children[i].lastChild, counted && !c.counts ? "–" : text(c)));
}

const rates = [], held = [];
let state;

function showCharts(c) {
  for (const [points, value, name, text] of [[rates, c.rate, "rate", rate], [held, c.held, "held", bytes]]) {
    points.push(value);
    if (points.length > 240) points.shift();
    chart(byId(`chart-${name}`), points, Math.max(120, points.length));
    setText(byId(`${name}-now`), text(value));
  }
}

// sentence says in which states the two sockets are.
function sentence(c) {
  if (c.over) return "The conversation is over";
  const near = c.state ? `The server's socket is in ${c.state}` : "The server's socket is gone";
  if (!c.far) return near;
  return `${near}, the client's is in ${c.far}`;
}

let last; // what the page shows
function show(c) {
  if (c.unknown) {
    health("lost", "unknown");
    setText(byId("sentence"), "The server does not know this client: it left long ago, or had no viewer meanwhile.");
    return false;
  }
  document.title = `${c.client} · echoserver`;
  setText(byId("name"), c.client);
  health(c.over ? "draining" : "serving", c.over ? "over" : "live");
  const text = sentence(c);
  setText(byId("sentence"), `${text}.`);
  if (state !== undefined && state !== text) announce(text, true);
  state = text;
  last = c;
  drawLife(c);
  showMoments(c);
  drawLadder(c);
  showFacts(c);
  showCharts(c);
  return !c.over;
}

byId("text").href = `${path}/life.txt`;
new Follower(show).open(`${path}/events`);
onresize = () => { if (last) drawLife(last); };
document.onkeydown = event => { if (event.key === "Escape") byId("back").click(); };
