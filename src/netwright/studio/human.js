"use strict";
// The page on which a person answers examples. What is typed is drawn at once and sent one after the
// other; what is right is not known here before the end.

const state = { count: 0, typed: {}, at: 0, version: 0, form: { kind: "", columns: [], labels: [] }, result: null };
let letters = "", tags = new Set(), wanted = 0;

async function load() {
  const found = await whole();
  if (!found) return;
  recall(found.key);
  Object.assign(state, { count: found.count, form: found.form, question: found.question });
  for (const name of ["run", "who"]) $(name).textContent = found[name];
  document.title = `What people reach on ${found.run}`;
  $("warning").hidden = !found.warning;
  $("warning").textContent = found.warning;
  prepare();
  take(found);
  const at = kept("at");
  go(at === null ? first() : Number(at));
  push();
  listen(() => state.version, take);
}

function first() {
  for (let at = 0; at < state.count; at++) if (!(at in state.typed)) return at;
  return state.count;
}

function take(found, done) {  // what the program says counts, but for what it does not know yet
  state.version = found.version;
  state.typed = found.typed;
  state.result = found.result;
  line.forEach(foresee);
  if (found.error && done?.kind === "answer") go(done.at);
  draw();
}

function foresee(action) { if (action.kind === "answer") state.typed[action.at] = action.typed; }

function push() { send((action) => ({ ...action, since: state.version }), take); }

function act(kind, values = {}) {
  const action = { kind, ...values };
  stand(action);
  foresee(action);
  push();
}

// --- what is typed

const hasNumbers = () => !choices().some((name) => /^\d/.test(name));
const choices = () => (state.form.kind === "class" ? state.form.labels : state.form.kind === "flags" ? state.form.columns : []);
const isAsking = () => !state.result && state.at < state.count;
const begins = () => choices().filter((name) => name.toLowerCase().startsWith(letters.toLowerCase()));

function answer(typed) {
  if (!isAsking()) return;
  const at = state.at;
  act("answer", { at, typed });
  go(at + 1);
}

function choose(name) {
  letters = "";
  if (state.form.kind === "class") return answer({ answer: name });
  tags.has(name) ? tags.delete(name) : tags.add(name);
  draw();
}

function confirm() {
  if (choices().length) {
    const found = begins();
    if (letters) { if (found.length) choose(found.find((name) => name.toLowerCase() === letters.toLowerCase()) ?? found[0]); }
    else if (state.form.kind === "flags") answer(Object.fromEntries(state.form.columns.map((name) => [name, tags.has(name) ? "1" : "0"])));
    else if (state.at in state.typed) go(state.at + 1);
    return;
  }
  const cells = Object.fromEntries([...$("fields").elements].map((one) => [one.name, one.value.trim()]));
  if (Object.values(cells).some(Boolean)) answer(cells);
}

function type(letter) {
  const before = letters;
  letters += letter;
  const found = begins();
  if (!found.length) letters = before;
  else if (found.length === 1 && found[0].length === letters.length) return choose(found[0]);
  draw();
}

document.addEventListener("keydown", (event) => {
  if (state.result || event.ctrlKey || event.metaKey || event.altKey) return;
  const field = event.target.tagName === "INPUT" ? event.target : null, at = Number(event.key);
  const isFree = !field || !field.value;
  if (event.target.tagName === "BUTTON" && ["Enter", " "].includes(event.key)) return;
  if (event.key === "Escape") { letters = ""; if (field) field.value = ""; draw(); }
  else if (event.key === "ArrowLeft" && isFree) go(state.at - 1);
  else if (event.key === "ArrowRight" && isFree) go(state.at + 1);
  else if (!isAsking()) return;
  else if (event.key === "?" && isFree && !choices().some((name) => name.startsWith("?"))) answer(null);
  else if (event.key === "Enter") confirm();
  else if (field) return;
  else if (event.key === "Backspace") { letters = letters.slice(0, -1); draw(); }
  else if (choices().length && at >= 1 && !letters && hasNumbers()) { if (at <= choices().length) choose(choices()[at - 1]); }
  else if (choices().length && event.key.length === 1) type(event.key);
  else return;
  event.preventDefault();
});

$("unsure").addEventListener("click", () => answer(null));
$("back").addEventListener("click", () => go(state.at - 1));
$("next").addEventListener("click", () => go(state.at + 1));
$("missing").addEventListener("click", () => go(first()));
$("finish").addEventListener("click", () => { $("headline").textContent = "Measuring: this takes a few seconds."; $("finish").disabled = true; act("end"); });
$("fields").addEventListener("submit", (event) => event.preventDefault());

// --- what is drawn

const HOW = {
  class: ["1-9, letters", "choose; Enter, where a beginning is typed"],
  flags: ["1-9, letters", "those that apply; Enter keeps them"],
  number: ["Enter", "keeps the number"],
  numbers: ["Enter", "keeps the numbers; Tab, the next field"],
  words: ["Enter", "keeps the text"],
};

function prepare() {
  const { kind, columns } = state.form;
  [$("how").textContent, $("what").textContent] = HOW[kind];
  if (choices().length && !hasNumbers()) $("how").textContent = "letters";
  $("choices").hidden = !choices().length;
  $("fields").hidden = choices().length > 0;
  $("choices").replaceChildren(...choices().map((name, at) => {
    const made = element("li");
    if (at < 9 && hasNumbers()) made.append(element("kbd", String(at + 1)));
    made.append(name);
    made.addEventListener("click", () => choose(name));
    return made;
  }));
  $("fields").replaceChildren(...(choices().length ? [] : columns.map((name) => {
    const made = element("label", columns.length > 1 ? name : state.question || "Your answer"), field = document.createElement("input");
    Object.assign(field, { name, autocomplete: "off", spellcheck: false, maxLength: 10000 });
    if (kind !== "words") field.inputMode = "decimal";
    made.append(field);
    return made;
  })));
  $("places").replaceChildren(...Array.from({ length: state.count }, (_, at) => {
    const made = element("li", String(at + 1));
    made.addEventListener("click", () => go(at));
    return made;
  }));
}

function go(at) {
  state.at = Math.max(0, Math.min(state.count, at));
  keep("at", String(state.at));
  letters = "";
  const typed = state.typed[state.at];
  tags = new Set(Object.entries(typed || {}).filter(([, cell]) => cell === "1").map(([name]) => name));
  for (const field of $("fields").elements) field.value = typed?.[field.name] ?? "";
  wanted += 1;
  draw();
  if (isAsking()) show(state.at, wanted);
}

async function show(at, number) {
  let found;
  $("shown").classList.add("old");
  try {
    const answered = await fetch(`examples/${at}`);
    if (answered.status === GONE) return;  // what is in line says so
    if (!answered.ok) return problem(await answered.text());
    found = await answered.json();
  } catch { return problem("The program does not answer."); }
  if (number !== wanted) return;
  $("picture").hidden = !found.picture;
  if (found.picture) $("picture").src = `pictures/${at}.png`;
  $("text").hidden = !found.text;
  $("text").textContent = found.text;
  $("shown").classList.remove("old");
  const [field] = $("fields").elements;
  if (field) field.focus();
}

$("picture").addEventListener("load", () => $("picture").classList.toggle("large", Math.max($("picture").naturalWidth, $("picture").naturalHeight) > 200));

function draw() {
  $("asked").hidden = !!state.result;
  $("result").hidden = !state.result;
  if (state.result) return drawResult(state.result);
  const count = Object.keys(state.typed).length, left = state.count - count;
  if (!$("finish").disabled) $("headline").textContent = `${count} of ${state.count} answered`;
  $("one").hidden = !isAsking();
  $("end").hidden = isAsking();
  $("left").textContent = left ? `${left} of ${state.count} are not answered` : `All ${state.count} are answered`;
  $("missing").hidden = !left;
  $("finish").hidden = !count;
  $("finish").textContent = left ? "End all the same, and measure" : "End and measure";
  [...$("places").children].forEach((made, at) => {
    const typed = state.typed[at];
    made.className = `${typed === undefined ? "" : typed === null ? "unsure" : "done"}${at === state.at ? " here" : ""}`;
  });
  const typed = state.typed[state.at], found = letters ? begins() : [];
  [...$("choices").children].forEach((made, at) => {
    const name = choices()[at];
    const isOn = state.form.kind === "flags" ? tags.has(name) : typed?.answer === name;
    made.className = `${isOn ? "on" : ""}${letters && !found.includes(name) ? " off" : ""}${name === found[0] ? " first" : ""}`;
  });
  $("unsure").classList.toggle("on", typed === null);
  $("typing").textContent = letters ? `${letters}… Enter: ${found[0]}` : "";
}

function drawResult(found) {
  $("headline").textContent = "Measured. What people reach stands for the best error there can be.";
  $("levels").replaceChildren(...found.levels.map((text) => element("p", text)));
  $("head").replaceChildren(row("th", found.headers));
  $("agreements").replaceChildren(...found.agreements.map((cells) => row("td", cells)));
  const count = found.disagreements.length;
  $("differ").textContent = count ? `You and the label differ on ${count}: the label may be wrong` : "You and the labels agree on all";
  $("labels").replaceChildren(...found.disagreements.map(disagreement));
}

function disagreement(one) {
  const made = element("li"), words = element("div"), button = element("button", one.right ? "Undo: the label stays" : `The label is wrong: ${one.own} is right`);
  button.type = "button";
  button.addEventListener("click", () => { button.disabled = true; act(one.right ? "undo" : "correct", { at: one.at }); });
  words.append(element("b", `you ${one.own}`), element("b", `label ${one.label}`), element("b", `the net ${one.net}`), element("small", one.source));
  if (one.right) words.append(element("i", `label is wrong, right is ${one.right}`));
  words.append(button);
  made.append(element("figure"), words);
  fill(made.firstChild, one.at);
  return made;
}

async function fill(figure, at) {
  let found;
  try { found = await (await fetch(`examples/${at}`)).json(); } catch { return; }
  if (found.picture) {
    const picture = document.createElement("img");
    picture.src = `pictures/${at}.png`;
    picture.alt = "";
    figure.append(picture);
  }
  if (found.text) figure.append(element("pre", found.text));
}

load();
