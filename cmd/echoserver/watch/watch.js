// The page of all sockets.
import {announce, byId, bytes, chart, duration, element, Follower, health, kind, number, perSecond, rate, setText} from "./format.js";

const orNothing = (row, text) => row.counts ? text : "–";

// A column is: the name that it is sorted by, its heading, what it means, its class, and the text of a row.
const columns = [
  ["client", "Client", "the name of the client's socket", "name", row => row.subflow ? `${row.client}, a subflow` : row.client],
  ["state", "State", "of the server's socket", "state", row => row.state || "gone"],
  ["far", "Client's state", "of the client's socket, if it is on this machine", "state far", row => row.far],
  ["rate", "Rate", "bytes per second, both ways", "n", row => orNothing(row, rate(row.rate))],
  ["in", "In", "bytes that came from the client", "n", row => orNothing(row, bytes(row.in))],
  ["out", "Out", "bytes that the client has acknowledged", "n", row => orNothing(row, bytes(row.out))],
  ["unread", "Recv-Q", "bytes that the server has not received yet", "n mid", row => bytes(row.unread)],
  ["unacked", "Send-Q", "bytes that the client has not acknowledged yet", "n mid", row => bytes(row.unacked)],
  ["held", "Held", "bytes that the server has received and not sent: in its memory, pipes and files", "n mid", row => orNothing(row, bytes(row.held))],
  ["rtt", "Round trip", "smoothed, as TCP measures it", "n wide", row => orNothing(row, duration(row.rtt))],
  ["cwnd", "Window", "congestion window, in segments", "n wide", row => orNothing(row, number(row.cwnd))],
  ["age", "Age", "since this page's server saw it first; ≥: it was there before", "n wide", row => (row.older ? "≥ " : "") + duration(Math.max(0, now - row.since))],
  ["idle", "Idle", "since bytes last came or went", "n wide", row => orNothing(row, duration(row.idle))],
];

let now = 0, paused = false, last;
let wish = {filter: "", sort: "rate", reversed: false};
const rows = new Map(); // of a client's number, to its row in the table

function heading() {
  byId("clients").tHead.rows[0].replaceChildren(...columns.map(([name, label, title, kinds]) => {
    const button = element("button", {type: "button", title: `${title}. Sort by it`}, label);
    button.onclick = () => {
      wish = {...wish, sort: name, reversed: wish.sort === name && !wish.reversed};
      ask();
    };
    return element("th", {scope: "col", class: kinds, "data-name": name}, button);
  }));
  markOrder();
}

// Numbers come largest first, names in their order, and the other way round on a second click.
function markOrder() {
  for (const th of byId("clients").tHead.rows[0].cells) {
    const isOrder = th.dataset.name === wish.sort;
    const rises = !th.classList.contains("n") !== wish.reversed;
    th.setAttribute("aria-sort", isOrder ? (rises ? "ascending" : "descending") : "none");
  }
}

function newRow(id) {
  const tr = element("tr", {"data-id": id});
  for (const [name, , , kinds] of columns) tr.append(element(name === "client" ? "th" : "td", {class: kinds}));
  const name = tr.cells[0];
  name.scope = "row";
  name.append(element("a", {href: `/client/${encodeURIComponent(id)}`}));
  for (const td of tr.querySelectorAll(".state")) td.append(element("span", {class: "dot", "aria-hidden": "true"}), element("span"));
  tr.onclick = event => { if (!event.target.closest("a") && !String(getSelection())) name.firstChild.click(); };
  return tr;
}

function fill(tr, row) {
  columns.forEach(([name, , , kinds, text], i) => {
    const cell = tr.cells[i];
    const value = text(row);
    if (kinds.startsWith("state")) {
      const state = name === "far" ? row.far : row.state;
      cell.firstChild.className = value === "" ? "" : `dot ${kind(state)}`;
      setText(cell.lastChild, value);
      cell.title = name === "far" && row.expires > 0 ? `${row.timer} in ${duration(row.expires)}` : "";
    } else {
      setText(cell.firstElementChild ?? cell, value);
    }
  });
  const waits = row.state !== "" && !row.fd;
  tr.className = row.state === "" ? "past" : waits ? "waits" : "";
  tr.title = waits ? "no descriptor refers to it: it waits to be accepted, or was closed" : "";
}

function showRows(list) {
  const body = byId("clients").tBodies[0];
  const focused = document.activeElement;
  const shown = new Set(list.map(row => row.id));
  for (const [id, tr] of rows) {
    if (!shown.has(id)) {
      tr.remove();
      rows.delete(id);
    }
  }
  list.forEach((row, i) => {
    if (!rows.has(row.id)) rows.set(row.id, newRow(row.id));
    const tr = rows.get(row.id);
    fill(tr, row);
    if (body.rows[i] !== tr) body.insertBefore(tr, body.rows[i] ?? null);
  });
  if (focused?.isConnected && focused !== document.activeElement) focused.focus({preventScroll: true});
}

function showListeners(list) {
  const body = byId("listeners").tBodies[0];
  while (body.rows.length > list.length) body.lastChild.remove();
  list.forEach((l, i) => {
    if (!body.rows[i]) {
      const kinds = ["name", "state", "n", "n", "n", "n", "n", "n", "n", "n wide", "n wide", "n wide"];
      body.append(element("tr", {}, ...kinds.map((k, j) => element(j ? "td" : "th", j ? {class: k} : {class: k, scope: "row"}))));
      body.rows[i].cells[1].append(element("span", {class: "dot", "aria-hidden": "true"}), element("span"));
    }
    const cells = body.rows[i].cells;
    const state = l.state || "unknown";
    cells[1].firstChild.className = `dot ${kind(state)}`;
    setText(cells[1].lastChild, state);
    const texts = [l.url, null, l.datagram ? bytes(l.waiting) : number(l.waiting), l.limit ? number(l.limit) : "–", number(l.drops), number(l.accepted),
      l.datagram ? "–" : number(l.active), bytes(l.received), bytes(l.sent), number(l.failed), number(l.refused), bytes(l.spooled)];
    texts.forEach((text, j) => { if (text !== null) setText(cells[j], text); });
    cells[2].classList.toggle("warn", l.limit > 0 && l.waiting >= l.limit);
    cells[4].classList.toggle("warn", l.drops > 0);
  });
}

const charts = [["clients", number], ["accepted", perSecond], ["received", rate], ["sent", rate]];

function showCharts(data) {
  for (const [name, text] of charts) {
    chart(byId(`chart-${name}`), data[name]);
    setText(byId(`${name}-now`), text(data[name].at(-1) ?? 0));
  }
}

function showLog(lines) {
  const log = byId("log");
  if (!lines.length) return;
  const atEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 8;
  for (const line of lines) log.append(element("span", {class: /level="?(WARN|ERROR)/i.test(line) ? "warn" : ""}, line.trimEnd()), "\n");
  while (log.childNodes.length > 200) log.firstChild.remove();
  if (atEnd) log.scrollTop = log.scrollHeight;
}

function show(e) {
  now = e.now;
  health(e.draining ? "draining" : "serving", e.draining ? "draining" : "serving");
  const rest = e.total - e.matching;
  setText(byId("sentence"), e.sentence);
  byId("problem").hidden = !e.problem;
  setText(byId("problem"), e.problem);
  showListeners(e.listeners);
  showRows(e.rows);
  showCharts(e.charts);
  showLog(e.log);
  const more = e.matching - e.rows.length;
  setText(byId("shown"), [more > 0 ? `${number(e.rows.length)} of ${number(e.matching)} shown` : "", rest > 0 ? `${number(rest)} filtered out` : ""].filter(Boolean).join(", "));
  byId("none").hidden = e.rows.length > 0;
  setText(byId("none"), e.total > 0 ? "No client matches the filter." : "No client is connected. Try: nc 127.0.0.1 6543".replace("127.0.0.1 6543", hint(e.listeners)));
  if (e.sentence !== last) announce(e.sentence);
  if (e.draining) announce("The server is draining.", true);
  last = e.sentence;
}

// hint is how nc reaches the first TCP listener.
function hint(listeners) {
  const url = listeners.find(l => /^(tcp|mptcp)/.test(l.url))?.url ?? "";
  const [, host, port] = url.match(/\/\/(.*):(\d+)$/) ?? [, "127.0.0.1", "6543"];
  return `${/^(\[::\]|0\.0\.0\.0|)$/.test(host) ? "localhost" : host.replace(/[[\]]/g, "")} ${port}`;
}

let unseen = []; // lines of the log that came during a pause

const follower = new Follower(e => {
  e.log = unseen.concat(e.log ?? []);
  unseen = paused ? e.log.slice(-100) : [];
  if (!paused) show(e);
  return !e.draining || (setTimeout(ask, 3000), false);
});

function ask() {
  markOrder();
  const query = new URLSearchParams({filter: wish.filter, sort: wish.sort, order: wish.reversed ? "reversed" : ""});
  byId("log").replaceChildren();
  unseen = [];
  follower.open(`/events?${query}`);
}

let typing;
byId("filter").oninput = event => {
  clearTimeout(typing);
  typing = setTimeout(() => {
    wish = {...wish, filter: event.target.value};
    ask();
  }, 150);
};

byId("pause").onclick = () => {
  paused = !paused;
  byId("pause").setAttribute("aria-pressed", paused);
  setText(byId("pause"), paused ? "Continue" : "Pause");
};

const keys = {
  "/": () => byId("filter").focus(),
  p: () => byId("pause").click(),
  ArrowDown: () => step(1),
  ArrowUp: () => step(-1),
};

// step moves the focus to the next client, or the one before.
function step(by) {
  const links = [...document.querySelectorAll("#clients tbody a")];
  const at = links.indexOf(document.activeElement);
  links[Math.min(links.length - 1, Math.max(0, at + by))]?.focus();
}

document.onkeydown = event => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const inField = event.target === byId("filter");
  if (inField && event.key === "Escape") {
    event.target.value = "";
    event.target.dispatchEvent(new Event("input"));
    event.target.blur();
    return;
  }
  const scrolls = event.key.startsWith("Arrow") && !inField && !event.target.closest?.("#clients");
  if (inField && event.key !== "ArrowDown" || scrolls || !keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
};

heading();
ask();
