"use strict";

const byId = (id) => document.getElementById(id);

// stored is the browser's memory of this reader: edits, predictions and what was run. It may be forbidden.
const stored = {
  get(key) { try { return localStorage.getItem(key); } catch { return null; } },
  set(key, value) { try { value === null ? localStorage.removeItem(key) : localStorage.setItem(key, value); } catch { /* forgotten */ } },
};

// The address that the tour printed ends with the token, which needn't stay in sight.
const given = location.hash.match(/^#token=([0-9a-f]+)$/);
if (given) {
  stored.set("token", given[1]);
  history.replaceState(null, "", location.pathname);
}

// post sends what acts. Without the token of the tour that runs now, it is refused.
const post = (path, value, signal) => fetch(path, {
  method: "POST", signal, body: JSON.stringify(value),
  headers: {"Content-Type": "application/json", "X-Tour-Token": stored.get("token") ?? (given ? given[1] : "")},
});

function element(name, attributes, ...children) {
  const e = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
  e.append(...children);
  return e;
}

// Marks of what was run, in the contents and in lists of exercises.
const marked = [...document.querySelectorAll("li[data-path]")];
for (const li of marked) li.classList.toggle("done", stored.get("done:" + li.dataset.path) !== null);

function showProgress() {
  const open = marked.find((li) => !li.classList.contains("done"));
  const done = marked.filter((li) => li.classList.contains("done")).length;
  if (!done) return;
  byId("progress").textContent = `You have run ${done} of ${marked.length} lessons.`;
  byId("continue").textContent = open ? "Continue" : "Start again";
  byId("continue").href = (open ?? marked[0]).dataset.path;
}

// twoColumns tells whether a run is beside its program, and not below.
const twoColumns = () => matchMedia("(min-width: 64rem)").matches;

// lesson is the screen of a lesson or of an exercise.
function lesson(screen) {
  const path = screen.dataset.path, original = screen.dataset.body;
  const code = byId("code"), editor = byId("editor"), output = byId("output"), guess = byId("guess");
  const prediction = byId("prediction"), options = [...document.querySelectorAll(".option")];
  let body = stored.get("edit:" + path) ?? original, before = null; // before the last reset
  let running = null, started = false, waiting = false, steps = {rows: [], sockets: []}, rows = [], at = -1;

  // The program: as highlighted by the server, or in the editor.
  async function showCode() {
    byId("edited").hidden = body === original;
    byId("reset").hidden = body === original && before === null;
    byId("reset").textContent = body === original ? "Undo reset" : "Reset";
    const answer = await post("/code", {lesson: screen.dataset.lesson, body}).catch(() => null);
    if (answer?.ok) code.innerHTML = await answer.text();
    else say(answer ? await answer.text() : "The tour has ended: start it again.");
  }
  function change(text) {
    body = text;
    stored.set("edit:" + path, body === original ? null : body);
    clearProblems();
    return showCode();
  }
  function edit() {
    editor.value = body;
    editor.rows = body.split("\n").length + 1;
    const line = code.querySelector("li.at, li.wrong, li.new") ?? code.firstElementChild;
    code.hidden = true;
    editor.hidden = false;
    byId("edit").textContent = "Done";
    const n = line ? line.value - code.firstElementChild.value : 0;
    const place = body.split("\n").slice(0, n).join("\n").length + (n > 0 ? 1 : 0);
    editor.setSelectionRange(place, place);
    editor.focus();
  }
  function leave() {
    if (editor.hidden) return Promise.resolve();
    editor.hidden = true;
    code.hidden = false;
    byId("edit").textContent = "Edit";
    byId("edit").focus();
    return editor.value === body ? Promise.resolve() : change(editor.value);
  }
  byId("edit").onclick = () => (editor.hidden ? edit() : leave());
  byId("reset").onclick = () => {
    editor.hidden || leave();
    if (body !== original) [before, editor.value] = [body, original];
    change(body !== original ? original : before);
  };
  editor.oninput = () => { editor.rows = editor.value.split("\n").length + 1; };

  // A run: the server sends a line of JSON for each thing that happens.
  const say = (text) => { byId("status").textContent = text; };
  function clearProblems() {
    byId("problems").hidden = true;
    for (const li of code.querySelectorAll(".wrong, .message")) li.matches(".message") ? li.remove() : li.classList.remove("wrong");
  }
  function showProblems(all) {
    byId("problems").hidden = false;
    byId("problems").replaceChildren(...all.map((m) => {
      const li = m.line && byId("L" + m.line); // none after the last line
      const where = li ? element("a", {href: "#L" + m.line}, "line " + m.line) : m.line ? "line " + m.line : "";
      if (li) {
        li.classList.add("wrong");
        li.after(element("li", {class: "message"}, m.text));
      }
      return element("p", {}, where, where ? ": " : "", m.text);
    }));
    code.querySelector(".wrong")?.scrollIntoView({block: "center"});
  }
  const take = {
    output(text) {
      output.hidden = false;
      output.append(text);
      output.scrollTop = output.scrollHeight;
    },
    waiting() {
      waiting = true;
      say("Another program runs: this one waits for its end.");
    },
    started() {
      waiting = false;
      started = true;
      say("Running …");
    },
    errors: showProblems,
    picture(svg, message) { showPicture(svg, message.steps); },
    end(text) {
      say(text);
      output.scrollTop = 0;
      if (!started) return;
      stored.set("done:" + path, "1");
      reveal();
    },
  };
  async function run() {
    if (running || !guessed) return (guess ?? options[0])?.focus();
    await leave();
    running = new AbortController();
    started = waiting = false;
    byId("start").disabled = true;
    byId("stop").disabled = false;
    clearProblems();
    output.replaceChildren();
    output.hidden = true;
    byId("picture").classList.add("old");
    byId("run").scrollTop = 0;
    if (!twoColumns()) byId("run").scrollIntoView();
    say("Building …");
    try {
      const answer = await post("/run", {lesson: screen.dataset.lesson, body}, running.signal);
      if (!answer.ok) return say(await answer.text());
      await lines(answer.body, (line) => {
        const message = JSON.parse(line);
        for (const kind of Object.keys(take)) if (message[kind]) take[kind](message[kind], message);
      });
    } catch {
      say(running.signal.aborted ? "Stopped." : "The tour has ended: start it again.");
    } finally {
      running = null;
      byId("start").disabled = false;
      byId("stop").disabled = true;
    }
  }
  byId("start").onclick = run;
  byId("stop").onclick = () => waiting ? running.abort() : post("/stop", {}).catch(() => {});

  // An exercise's answer comes after a prediction, which is chosen or written, and after a run.
  let choice = stored.get("guess:" + path) ?? "", guessed = !prediction || stored.get("done:" + path) !== null;
  function reveal() {
    if (!prediction) return;
    const right = options.find((o) => "right" in o.dataset);
    for (const o of options) {
      o.classList.toggle("correct", o === right);
      o.classList.toggle("chosen", o.value === choice);
    }
    byId("answer").hidden = false;
    byId("guessed").hidden = !choice;
    byId("guessed").querySelector("q").textContent = choice;
    byId("verdict").textContent = !right ? "" : choice === right.value ? "That is right." : "That is not so.";
  }
  if (prediction) {
    if (guess) guess.value = choice;
    byId("start").disabled = !guessed;
    prediction.onsubmit = (event) => {
      event.preventDefault();
      const button = event.submitter;
      if (running) return;
      if (guess && button !== byId("skip") && !guess.value.trim()) return guess.focus();
      choice = guess && button !== byId("skip") ? guess.value : button.value;
      guessed = true;
      stored.set("guess:" + path, choice || null);
      byId("start").disabled = false;
      byId("run").focus();
      run();
    };
  }

  // The picture, and its steps.
  function showPicture(svg, data) {
    steps = data;
    byId("picture").innerHTML = svg;
    byId("picture").classList.remove("old");
    rows = [...byId("picture").querySelectorAll(".row")];
    rows.forEach((row, i) => { row.onclick = () => show(i); });
    byId("slider").max = rows.length - 1;
    byId("controls").hidden = byId("tables").hidden = rows.length === 0;
    byId("list").replaceChildren(...data.rows.map((row) => element("li", {}, row.text)));
    show(wanted() ?? rows.length - 1, wanted() !== null);
  }
  function show(i, follow) {
    if (!rows.length) return;
    at = Math.min(Math.max(i, 0), rows.length - 1);
    const curtain = byId("picture").querySelector(".curtain"), step = steps.rows[at];
    const bottom = curtain.y.baseVal.value + curtain.height.baseVal.value;
    const end = at === rows.length - 1 ? bottom : Number(rows[at].dataset.end);
    curtain.setAttribute("y", end);
    curtain.setAttribute("height", Math.max(0, bottom - end));
    rows.forEach((row, k) => row.classList.toggle("current", k === at));
    byId("slider").value = at;
    byId("count").textContent = `${at + 1} / ${rows.length}`;
    byId("count").href = "#step/" + (at + 1);
    byId("sentence").textContent = step.text;
    showLines(step.lines ?? [], follow);
    showCall(step);
    showSockets();
    if (follow) {
      history.replaceState(null, "", "#step/" + (at + 1));
      rows[at].scrollIntoView({block: "nearest"});
    }
  }
  const wanted = () => { const m = location.hash.match(/^#step\/(\d+)$/); return m && m[1] - 1; };
  function showLines(lines, follow) {
    for (const li of code.querySelectorAll(".at, .from")) li.classList.remove("at", "from");
    lines.forEach((n, i) => byId("L" + n)?.classList.add(i ? "from" : "at"));
    if (follow && twoColumns()) byId("L" + lines[0])?.scrollIntoView({block: "nearest"});
  }
  function showCall(step) {
    byId("documentation").hidden = true;
    const manual = step.call && element("a", {class: "manual", target: "_blank", rel: "noreferrer", href: `https://man7.org/linux/man-pages/man2/${step.call}.2.html`}, step.call + "(2)");
    byId("about").replaceChildren(...[manual, step.func && element("a", {href: "/doc/" + step.func}, "sock." + step.func)].filter(Boolean));
  }
  function showSockets() {
    const now = new Map();
    for (const row of steps.rows.slice(0, at + 1)) for (const s of row.states ?? []) now.set(s.socket, s);
    byId("sockets").replaceChildren(...[...now].sort((a, b) => a[0] - b[0]).map(([i, s]) => element("tr", {},
      element("td", {}, `${steps.sockets[i].side} ${s.fd}`, element("small", {}, steps.sockets[i].names)),
      ...[s.state, s.unread, s.unsent].map((text) => element("td", {}, text)))));
  }

  const go = {
    first: () => show(0, true), back: () => show(at - 1, true), forward: () => show(at + 1, true), last: () => show(rows.length - 1, true),
  };
  for (const id of Object.keys(go)) byId(id).onclick = go[id];
  byId("slider").oninput = () => show(Number(byId("slider").value), true);
  window.onhashchange = () => wanted() !== null && show(wanted(), true);

  // Documentation of package sock stays on this page.
  document.onclick = async (event) => {
    const a = event.target.closest?.('a[href^="/doc/"]');
    if (!a || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const answer = await fetch(a.getAttribute("href")).catch(() => null);
    byId("controls").hidden = byId("documentation").hidden = false;
    if (answer?.ok) byId("documentation").innerHTML = await answer.text();
    else byId("documentation").textContent = "There is no documentation of it.";
  };

  const keys = {
    e: edit, n: () => byId("next-lesson")?.click(), p: () => byId("previous")?.click(),
    ArrowLeft: go.back, ArrowRight: go.forward, Home: go.first, End: go.last,
  };
  document.onkeydown = (event) => {
    const typing = event.target.matches("textarea, input:not([type=range])");
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      run();
    } else if (event.key === "Escape" && event.target === editor) {
      leave();
    } else if (!typing && !event.ctrlKey && !event.altKey && !event.metaKey && keys[event.key] && (rows.length || event.key.length === 1)) {
      event.preventDefault();
      keys[event.key]();
    }
  };
  if (body !== original) showCode();
  window.onpagehide = () => running?.abort();
}

// lines calls f for each line of a stream.
async function lines(stream, f) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const {done, value} = await reader.read();
    if (done) return;
    const all = (rest + value).split("\n");
    rest = all.pop();
    all.forEach(f);
  }
}

if (byId("screen")) lesson(byId("screen"));
else if (byId("progress")) showProgress();
