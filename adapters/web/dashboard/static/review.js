// Keys for a quick review: they only press what is on the page, and rest while somebody types.

const OFF = "review-keys-off";
const legend = document.getElementById("keys");
const button = document.getElementById("keys-switch");
const items = [...document.querySelectorAll("[data-item]")];
let on = read() !== "yes";

if (items.length > 0) {
  legend.hidden = false;
  say();
  button.addEventListener("click", () => {
    on = !on;
    write(on ? "no" : "yes");
    say();
  });
  document.addEventListener("keydown", pressed);
}

function pressed(event) {
  if (!on || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  if (event.target.closest("input, select, textarea, [contenteditable]")) return;
  const act = { j: () => move(1), k: () => move(-1), d: () => send("dismiss"), a: type, 1: () => candidate(0), 2: () => candidate(1) }[event.key];
  if (act && act() !== false) event.preventDefault();
}

function current() {
  return document.activeElement?.closest("[data-item]") ?? null;
}

function move(step) {
  const at = items.indexOf(current());
  const next = at < 0 ? (step > 0 ? 0 : items.length - 1) : Math.min(items.length - 1, Math.max(0, at + step));
  items[next].focus();
  items[next].scrollIntoView({ block: "nearest" });
}

function send(what) {
  const form = current()?.querySelector(`form[data-do="${what}"]`);
  form?.requestSubmit(form.querySelector("button"));
  return Boolean(form);
}

function candidate(number) {
  const form = current()?.querySelectorAll('form[data-do="candidate"]')[number];
  form?.requestSubmit(form.querySelector("button"));
  return Boolean(form);
}

function type() {
  const field = current()?.querySelector('form[data-do="assign"] input[name="user_id"]');
  field?.focus();
  return Boolean(field);
}

function say() {
  legend.querySelector("p").hidden = !on;
  button.textContent = on ? "Switch the keys off" : "Switch the keys on";
}

function read() {
  try {
    return localStorage.getItem(OFF);
  } catch {
    return null; // storage is forbidden here: the keys are on
  }
}

function write(value) {
  try {
    localStorage.setItem(OFF, value);
  } catch {
    // it is forgotten with this page
  }
}
