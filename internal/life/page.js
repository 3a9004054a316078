"use strict";
(function () {
	const main = document.getElementById("run");
	const run = JSON.parse(main.dataset.run);
	const svg = main.querySelector("svg");
	const rows = Array.from(svg.querySelectorAll(".row"));
	const curtain = svg.querySelector(".curtain");
	const bottom = Number(curtain.getAttribute("y"));
	const byID = (id) => document.getElementById(id);
	const slider = byID("slider"), play = byID("play");
	let at = rows.length - 1, timer = 0;

	slider.max = String(Math.max(0, rows.length - 1));

	function cell(line, text, small) {
		const td = document.createElement("td");
		td.textContent = text;
		if (small) {
			const s = document.createElement("small");
			s.textContent = small;
			td.appendChild(s);
		}
		line.appendChild(td);
		return td;
	}

	// table shows the sockets as they are after the current step.
	function table() {
		const now = new Map(), fresh = new Set();
		for (let i = 0; i <= at; i++) {
			for (const s of run.rows[i].states || []) {
				const before = now.get(s.socket);
				if (i === at && (!before || before.state !== s.state || before.unread !== s.unread || before.unsent !== s.unsent)) {
					fresh.add(s.socket);
				}
				now.set(s.socket, s);
			}
		}
		const body = byID("sockets");
		body.replaceChildren();
		for (const [i, s] of Array.from(now).sort((a, b) => a[0] - b[0])) {
			const socket = run.sockets[i], line = document.createElement("tr");
			const first = cell(line, socket.side + " " + s.fd, socket.names);
			first.classList.toggle("new", fresh.has(i));
			cell(line, s.state);
			cell(line, s.unread);
			cell(line, s.unsent);
			body.appendChild(line);
		}
	}

	function show(i, follow) {
		if (rows.length === 0) {
			return;
		}
		at = Math.min(Math.max(i, 0), rows.length - 1);
		const end = at === rows.length - 1 ? bottom : Number(rows[at].dataset.end);
		curtain.setAttribute("y", String(end));
		curtain.setAttribute("height", String(Math.max(0, bottom - end)));
		rows.forEach((row, k) => row.classList.toggle("current", k === at));
		slider.value = String(at);
		byID("count").textContent = (at + 1) + " of " + rows.length;
		byID("text").textContent = run.rows[at].text;
		table();
		if (follow) {
			rows[at].scrollIntoView({block: "center", behavior: "auto"});
		}
	}

	function stop() {
		clearInterval(timer);
		timer = 0;
		play.textContent = "Play";
		play.setAttribute("aria-pressed", "false");
	}

	function toggle() {
		if (timer) {
			stop();
			return;
		}
		if (at === rows.length - 1) {
			show(0, true);
		}
		play.textContent = "Pause";
		play.setAttribute("aria-pressed", "true");
		timer = setInterval(function () {
			show(at + 1, true);
			if (at === rows.length - 1) {
				stop();
			}
		}, 900);
	}

	const go = {
		first: () => show(0, true),
		back: () => show(at - 1, true),
		next: () => show(at + 1, true),
		last: () => show(rows.length - 1, true),
	};
	for (const id of Object.keys(go)) {
		byID(id).addEventListener("click", () => { stop(); go[id](); });
	}
	play.addEventListener("click", toggle);
	slider.addEventListener("input", () => { stop(); show(Number(slider.value), true); });
	const keys = {ArrowLeft: "back", ArrowRight: "next", ArrowUp: "back", ArrowDown: "next", Home: "first", End: "last"};
	document.addEventListener("keydown", function (e) {
		if (e.altKey || e.ctrlKey || e.metaKey) {
			return;
		}
		if (keys[e.key]) {
			e.preventDefault();
			stop();
			go[keys[e.key]]();
		} else if (e.key === " " && e.target.tagName !== "BUTTON") {
			e.preventDefault();
			toggle();
		}
	});
	rows.forEach((row, k) => row.addEventListener("click", () => { stop(); show(k, false); }));
	show(at, false);
})();
