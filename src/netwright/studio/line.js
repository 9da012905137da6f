"use strict";
// What the pages have in common: what a key does stands in line until the program has it on the disk,
// over a reload, too.

const POLL = 2000, GONE = 410;
const $ = (name) => document.getElementById(name);
const line = [];  // what was done and is not on the disk yet
let sending = false, failures = 0, owner = "", gone = false;
const tab = kept("tab") || keep("tab", crypto.randomUUID());

function place(name) { return `${document.documentElement.id} ${owner} ${name}`; }
function kept(name) { try { return sessionStorage.getItem(place(name)); } catch { return null; } }
function keep(name, value) { try { sessionStorage.setItem(place(name), value); } catch { /* not kept */ } return value; }
function element(kind, text, name) { const made = document.createElement(kind); made.textContent = text ?? ""; if (name) made.className = name; return made; }
function row(kind, cells) { const made = document.createElement("tr"); made.append(...cells.map((cell) => element(kind, cell))); return made; }
function problem(text) { $("problem").hidden = !text; $("problem").textContent = text; }
function parted(text) { return text.split(/\s+/).filter(Boolean).join(" "); }

// What an earlier load of this page left, of the same thing: another run has a line of its own.
function recall(what) {
  owner = what;
  line.push(...JSON.parse(kept("line") || "[]"));
  takeUp();
}

// --- a program that was started anew: its new page goes on with what the old ones had in line

function left() { try { return JSON.parse(localStorage.getItem(place("left")) || "[]"); } catch { return []; } }

function takeUp() {
  line.push(...left());
  try { localStorage.removeItem(place("left")); } catch { /* there is none */ }
  keep("line", JSON.stringify(line));
}

function giveUp(why, complete) {
  gone = true;
  if (line.length) line[0] = complete(line[0]);  // what only this page knows
  try {
    localStorage.setItem(place("left"), JSON.stringify([...left(), ...line]));
    line.length = 0;
    keep("line", "[]");
  } catch { /* it stays here */ }
  const sentence = `${why.trim()[0].toUpperCase()}${why.trim().slice(1)}`, count = left().length + line.length;
  problem(count ? `${sentence} What is not kept yet goes on there: ${count}.` : sentence);
}

window.addEventListener("storage", (event) => {
  if (gone || !owner || event.key !== place("left") || !left().length) return;
  takeUp();
  push();
});

function stand(action) {
  line.push({ tab, ...action });
  keep("line", JSON.stringify(line));
}

// One after the other; `complete` adds what is known only now, `take` is given what comes back.
async function send(complete, take) {
  if (sending) return;
  sending = true;
  while (line.length) {
    try {
      const answer = await fetch("do", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(complete(line[0])) });
      if (answer.status === GONE) {
        giveUp(await answer.text(), complete);
        break;
      }
      if (!answer.ok) throw new Error(await answer.text());
      const found = await answer.json();
      failures = 0;
      const done = line.shift();
      keep("line", JSON.stringify(line));
      problem(found.error || "");
      take(found, done);
    } catch (error) {
      failures += 1;
      problem(`Not kept yet: ${line.length}. The program does not answer (${error.message.trim()}); this page tries again.`);
      await new Promise((done) => setTimeout(done, Math.min(2000, 100 * 2 ** failures)));
    }
  }
  sending = false;
}

// What other tabs did meanwhile.
function listen(version, take) {
  setInterval(async () => {
    if (document.hidden || sending || line.length) return;
    try {
      const answer = await fetch(`changes?since=${version()}`);
      if (answer.status === GONE) return giveUp(await answer.text());
      const found = await answer.json();
      if (!line.length && !sending && found.version !== version()) take(found);
    } catch { /* the next key says that the program is gone */ }
  }, POLL);
}

window.addEventListener("beforeunload", (event) => { if (line.length) event.preventDefault(); });

async function whole() {
  const answer = await fetch("state");
  if (answer.ok) return answer.json();
  problem(await answer.text());
  return null;
}
