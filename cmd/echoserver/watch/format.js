// What both pages share: text, elements, charts, and the stream of events.

export const byId = id => document.getElementById(id);

export function element(name, attributes = {}, ...children) {
  const e = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
  e.append(...children);
  return e;
}

export function drawn(name, attributes = {}, text) {
  const e = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
  if (text !== undefined) e.textContent = text;
  return e;
}

// setText touches the document only where something has changed.
export function setText(e, text) {
  if (e.textContent !== text) e.textContent = text;
}

const grouped = new Intl.NumberFormat("en-US");
export const number = n => grouped.format(Math.round(n));

export function bytes(n) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let i = 0;
  for (; n >= 1024 && i < units.length - 1; i++) n /= 1024;
  return `${i === 0 || n >= 100 ? Math.round(n) : n.toFixed(1)} ${units[i]}`;
}

export const rate = n => `${bytes(n)}/s`;
export const perSecond = n => `${n < 10 && n !== Math.round(n) ? n.toFixed(1) : number(n)}/s`;

export function duration(s) {
  if (s < 0.001) return `${Math.round(s * 1e6)} µs`;
  if (s < 1) return `${s < 0.01 ? (s * 1e3).toFixed(1) : Math.round(s * 1e3)} ms`;
  if (s < 10) return `${s.toFixed(1)} s`;
  if (s < 60) return `${Math.floor(s)} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${Math.floor(s % 60)} s`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor(s % 3600 / 60)} min`;
  return `${Math.floor(s / 86400)} d ${Math.floor(s % 86400 / 3600)} h`;
}

// kind is the group that a state is drawn as.
export function kind(state) {
  if (state === "") return "gone";
  if (state === "ESTABLISHED") return "open";
  if (state === "LISTEN" || state === "bound") return "listen";
  if (state.startsWith("SYN")) return "opening";
  if (state === "CLOSE_WAIT") return "half";
  if (state === "TIME_WAIT" || state === "CLOSE") return "past";
  return "closing";
}

// chart draws points as a line with the area below it, the newest at the right.
export function chart(svg, points, capacity = 120) {
  const width = 240, height = 48, top = Math.max(1e-9, ...points);
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("preserveAspectRatio", "none");
  const x = i => width - (points.length - 1 - i) * width / (capacity - 1);
  const y = v => height - 1 - v / top * (height - 6);
  const line = points.map((v, i) => `${i ? "L" : "M"}${x(i).toFixed(1)} ${y(v).toFixed(1)}`).join("");
  if (!svg.firstChild) svg.append(drawn("path", {class: "area"}), drawn("path", {class: "line"}));
  const [area, stroke] = svg.children;
  stroke.setAttribute("d", line);
  area.setAttribute("d", points.length ? `${line}L${width} ${height}L${x(0).toFixed(1)} ${height}Z` : "");
}

// health shows how the page and the server are.
export function health(state, text) {
  byId("health").dataset.state = state;
  setText(byId("health-text"), text);
}

// announce speaks to screen readers, but not all the time.
let announced = 0;
export function announce(text, atOnce = false) {
  if (!atOnce && Date.now() - announced < 10000) return;
  announced = Date.now();
  setText(byId("live"), text);
}

// follow gets a path's events, and comes back when the server was away. receive returns false when there is no more to come.
export class Follower {
  constructor(receive) { this.receive = receive; }

  open(path) {
    this.close();
    this.path = path;
    const source = this.source = new EventSource(path);
    source.onmessage = message => {
      const data = JSON.parse(message.data);
      if (!this.receive(data)) this.close();
    };
    source.onerror = () => {
      if (source !== this.source) return;
      health("lost", "not connected");
      announce("The connection to the server is lost.", true);
      source.close();
      this.retry = setTimeout(() => this.open(path), 2000);
    };
  }

  close() {
    clearTimeout(this.retry);
    this.source?.close();
    this.source = undefined;
  }
}
