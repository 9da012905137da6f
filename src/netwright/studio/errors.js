"use strict";
// The page of error analysis. A key is drawn at once; what it does is sent to the program one after
// the other.

const HEIGHT = 44, AROUND = 8;
const state = { mistakes: [], noted: {}, tags: [], classes: [], version: 0, last: null, at: 0 };
let forAll = false, asking = null;

function current() { return state.mistakes[state.at]; }
function notedOf(id) { return state.noted[id] || (state.noted[id] = { tags: [], right: null, seen: false, skipped: false }); }

async function load() {
  const found = await whole();
  if (!found) return;
  recall(found.run);
  Object.assign(state, { run: found.run, mistakes: found.mistakes, classes: found.classes });
  take(found);
  line.forEach(foresee);
  $("run").textContent = found.run;
  document.title = `Error analysis of ${found.run}`;
  $("spacer").style.height = `${state.mistakes.length * HEIGHT}px`;
  const waiting = state.mistakes.findIndex((one) => !notedOf(one.id).seen && !notedOf(one.id).skipped);
  go(Number(kept("at")) || Math.max(0, waiting));
  push();
  listen(() => state.version, changed);
}

function take(found) {  // what the program says counts, but for what it does not know yet
  Object.assign(state.noted, found.noted);
  state.tags = found.tags;
  if (found.last !== undefined) state.last = found.last;
  $("headline").textContent = found.headline;
  $("empty").hidden = found.kinds.length > 0;
  $("head").replaceChildren(row("th", found.kinds.length ? found.headers : []));
  $("kinds").replaceChildren(...found.kinds.map((cells, at) => {
    const made = row("td", cells), bar = element("span", "", "bar"), part = document.createElement("i");
    part.style.width = `${100 * found.bars[at]}%`;
    bar.append(part);
    made.firstChild.append(bar);
    return made;
  }));
}

function changed(found, done) {
  state.version = found.version;
  take(found);
  line.forEach(foresee);
  draw();
  if (found.error) askAgain(done);
}

function push() { send((action) => ({ ...(action.kind === "undo" ? { undoes: state.last || "" } : {}), ...action, since: state.version }), changed); }

// --- what a key does

function act(kind, values = {}, all = false) {
  if (!current()) return;
  const group = current().group, like = (one) => all && group && one.group === group;
  const ids = [...new Set([current().id, ...state.mistakes.filter(like).map((one) => one.id)])];
  const action = { kind, ids, ...values };
  stand(action);
  foresee(action);
  draw();
  push();
}

function foresee(action) {
  for (const id of action.ids) {
    const noted = notedOf(id);
    if (action.kind === "tag" && !noted.tags.includes(action.tag)) noted.tags = [...noted.tags, action.tag];
    if (action.kind === "untag") noted.tags = noted.tags.filter((name) => name !== action.tag);
    if (action.kind === "label") Object.assign(noted, { right: action.new, old: "", because: action.why, by: "" });
    if (action.kind === "skip") noted.skipped = true;
    else if (action.kind !== "undo" && id === action.ids[0]) {  // the others are like it: nobody looked at them
      noted.skipped = false;
      noted.seen = noted.seen || action.kind !== "untag";
    }
  }
  if (action.kind === "tag" && !state.tags.includes(action.tag)) state.tags = [...state.tags, action.tag];
}

function toggle(number) {
  const name = state.tags[number - 1], all = forAll;
  if (name === undefined || !current()) return;
  setAll(false);
  act(notedOf(current().id).tags.includes(name) ? "untag" : "tag", { tag: name }, all);
}

function setAll(value) { forAll = value; $("tags").classList.toggle("all", value); }

function ask(kind) {
  if (!current()) return;
  asking = kind;
  $("asks").textContent = kind === "tag" ? "New tag" : "The label is wrong; right is";
  $("known").replaceChildren(...(kind === "tag" ? [] : state.classes).map((name) => new Option(name, name)));
  for (const part of document.querySelectorAll(".why")) part.hidden = kind !== "label";
  $("form").hidden = false;
  $("input").value = $("because").value = "";
  $("place").scrollIntoView();  // the example stays in sight below it
  $("input").focus({ preventScroll: true });
}

function askAgain(done) {  // what was typed and refused is mended
  if (asking || !["tag", "label"].includes(done?.kind)) return;
  const at = state.mistakes.findIndex((one) => one.id === done.ids[0]);
  if (at !== state.at) go(at);
  setAll(done.ids.length > 1);
  ask(done.kind);
  $("input").value = done.kind === "tag" ? done.tag : done.new;
  $("because").value = done.why || "";
}

function leave() { asking = null; $("form").hidden = true; $("list").focus({ preventScroll: true }); }

$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const typed = $("input").value.trim(), kind = asking, all = forAll;
  leave();
  setAll(false);
  if (!typed) return;
  if (kind === "tag") act("tag", { tag: parted(typed) }, all);
  else act("label", { new: typed, why: $("because").value.trim() });
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") { setAll(false); if (asking) leave(); return; }
  if (asking || event.ctrlKey || event.metaKey || event.altKey) return;
  const page = Math.max(1, Math.floor($("list").clientHeight / HEIGHT) - 1);
  const moves = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: page, PageUp: -page, Home: -state.at, End: state.mistakes.length };
  if (event.key in moves) go(state.at + moves[event.key]);
  else if (/^[1-9]$/.test(event.key)) toggle(Number(event.key));
  else if (event.key === "a") ask("tag");
  else if (event.key === "l") ask("label");
  else if (event.key === "g") setAll(!forAll);
  else if (event.key === "s") { act("skip"); go(state.at + 1); }
  else if (event.key === "u") act("undo");
  else if (event.key === "Enter" || event.key === " ") { act("seen"); go(state.at + 1); }
  else return;
  event.preventDefault();
});

// --- what is drawn

const rows = [];  // as many as fit, used again as the list scrolls

function drawList() {
  const list = $("list"), first = Math.max(0, Math.floor(list.scrollTop / HEIGHT) - AROUND);
  const count = Math.min(state.mistakes.length, Math.ceil(list.clientHeight / HEIGHT) + 2 * AROUND);
  while (rows.length < count) {
    const made = element("div", "", "row");
    made.setAttribute("role", "option");
    made.append(document.createElement("b"), document.createElement("small"));
    made.addEventListener("click", () => go(made.at));
    rows.push(made);
    $("spacer").append(made);
  }
  rows.forEach((made, offset) => {
    const at = first + offset, one = state.mistakes[at];
    made.hidden = offset >= count || !one;
    if (made.hidden) return;
    const noted = notedOf(one.id), times = one.count > 1 ? ` × ${one.count}` : "";
    made.at = at;
    made.id = `row-${at}`;
    made.style.transform = `translateY(${at * HEIGHT}px)`;
    made.className = `row${noted.skipped ? " skipped" : noted.seen ? " seen" : ""}`;
    made.setAttribute("aria-selected", at === state.at);
    made.setAttribute("aria-posinset", at + 1);
    made.setAttribute("aria-setsize", state.mistakes.length);
    made.firstChild.textContent = `${one.truth} → ${one.answer}${times}`;
    made.lastChild.textContent = noted.tags.join(", ") || one.source;
  });
  list.setAttribute("aria-activedescendant", `row-${state.at}`);
}

function drawTags() {
  const noted = notedOf(current().id);
  const made = state.tags.map((name, at) => {
    const one = element("li", "", noted.tags.includes(name) ? "on" : "");
    if (at < 9) one.append(element("kbd", String(at + 1)));
    one.append(name);
    one.addEventListener("click", () => toggle(at + 1));
    return one;
  });
  if (noted.right !== null) made.push(wrongLabel(noted));
  if (noted.skipped) made.push(element("li", "skipped", "wrong"));
  $("tags").replaceChildren(...made);
}

function wrongLabel(noted) {
  const made = element("li", `label ${noted.old ? `${noted.old} ` : ""}is wrong, right is ${noted.right}${noted.because ? `: ${noted.because}` : ""}`, "wrong");
  if (noted.by) made.append(element("small", ` ${noted.by}`));
  return made;
}

function draw() { if (current()) { drawList(); drawTags(); } }

function bring() {  // into sight, with the one before and the next
  const list = $("list"), top = (state.at - 1) * HEIGHT;
  if (top < list.scrollTop) list.scrollTop = top;
  if (top + 3 * HEIGHT > list.scrollTop + list.clientHeight) list.scrollTop = top + 3 * HEIGHT - list.clientHeight;
}

let wanted = 0;

function go(at) {
  if (!state.mistakes.length) return;
  state.at = Math.max(0, Math.min(state.mistakes.length - 1, at));
  keep("at", String(state.at));
  const one = current();
  bring();
  $("place").textContent = `${state.at + 1} of ${state.mistakes.length}: ${one.source}`;
  $("truth").textContent = one.truth;
  $("given").textContent = one.answer;
  $("probability").textContent = one.probability === null ? "none" : `${(100 * one.probability).toFixed(1)}%`;
  const like = one.group ? state.mistakes.filter((other) => other.group === one.group).length - 1 : 0;
  $("group").textContent = one.group ? `${one.group}: ${like} more` : "none known";
  draw();
  $("nearest").classList.add("old");
  wanted += 1;
  show(one, wanted);
}

async function show(one, number) {
  await new Promise((done) => setTimeout(done, 60));  // who holds a key down passes many by
  if (number !== wanted) return;
  let found;
  try {
    found = await (await fetch(`examples/${one.row}`)).json();
  } catch { return; }
  if (number !== wanted) return;
  const picture = $("picture");
  picture.hidden = !found.picture;
  if (found.picture) {
    picture.src = `pictures/${one.row}.png`;
    picture.alt = `${one.source}: truth ${one.truth}, answer ${one.answer}`;
  }
  $("text").hidden = !found.text;
  $("text").textContent = found.text;
  $("why").hidden = !found.why;
  $("why").textContent = `It is not drawn: ${found.why}`;
  try {
    const beside = await (await fetch(`near/${one.row}`)).json();
    if (number === wanted) near(beside);
  } catch { /* the next key says that the program is gone */ }
}

$("picture").addEventListener("load", () => $("picture").classList.toggle("large", Math.max($("picture").naturalWidth, $("picture").naturalHeight) > 200));

function near(found) {
  const list = $("nearest");
  list.classList.remove("old");
  list.classList.toggle("texts", !found.nearest.some((one) => one.picture));
  if (!found.nearest.length) {
    list.replaceChildren(element("li", `Not known: ${found.why}`, "missing"));
    return;
  }
  list.replaceChildren(...found.nearest.map((one) => {
    const made = document.createElement("li");
    if (one.picture) {
      const picture = document.createElement("img");
      picture.src = `train/${one.row}.png`;
      picture.alt = one.source;
      made.append(picture);
    }
    if (one.text) made.append(element("pre", one.text));
    made.append(element("b", one.truth), element("small", `${one.source}, distance ${one.distance.toPrecision(3)}`));
    return made;
  }));
}

$("list").addEventListener("scroll", () => requestAnimationFrame(drawList), { passive: true });
window.addEventListener("resize", () => { bring(); draw(); });
load();
