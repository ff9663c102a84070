// The other route: a user id and a PIN by touch or keyboard, sent at once and kept nowhere.
const LETTERS = ["1234567890", "qwertyuiop", "asdfghjkl-", "zxcvbnm._@"];
const IDLE_MS = 60_000;

export function makePad(dialog) {
  const part = (id) => dialog.querySelector(`#${id}`);
  const [form, user, pin, note, keys] = ["pad-form", "pad-user", "pad-pin", "pad-note", "keys"].map(part);
  let words = null;
  let offline = false;
  let upper = false;
  let idle = 0;
  let field = user;

  function close() {
    clearTimeout(idle);
    form.reset();
    upper = false;
    if (dialog.open) dialog.close();
  }

  function stayOpen() {
    clearTimeout(idle);
    idle = setTimeout(close, IDLE_MS);
  }

  function key(label, act, { name = null, wide = "" } = {}) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    if (name) button.setAttribute("aria-label", name);
    if (wide) button.className = wide;
    // The field keeps the focus, so that touch and keyboard can be mixed.
    button.addEventListener("pointerdown", (event) => event.preventDefault());
    button.addEventListener("click", () => { act(button); stayOpen(); });
    return button;
  }

  function type(text) {
    field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
    check();
  }

  function erase() {
    const end = field.selectionEnd;
    const start = field.selectionStart === end ? Math.max(0, end - 1) : field.selectionStart;
    field.setRangeText("", start, end, "end");
    check();
  }

  function check() {
    part("pad-send").disabled = !user.value.trim() || !pin.value;
  }

  function shift(button) {
    upper = !upper;
    button.setAttribute("aria-pressed", String(upper));
    for (const other of keys.querySelectorAll("[data-letter]")) {
      other.textContent = upper ? other.dataset.letter.toUpperCase() : other.dataset.letter;
    }
  }

  function drawKeys() {
    const letters = field === user;
    keys.dataset.layout = letters ? "letters" : "digits";
    const symbols = letters ? [...LETTERS.join("")] : [..."123456789"];
    const buttons = symbols.map((symbol) => {
      const button = key(symbol, () => type(button.textContent));
      if (/[a-z]/.test(symbol)) button.dataset.letter = symbol;
      return button;
    });
    const back = key("⌫", erase, { name: words.erase, wide: letters ? "wide" : "" });
    if (letters) {
      const shiftKey = key("⇧", shift, { name: words.shift, wide: "wide" });
      shiftKey.setAttribute("aria-pressed", "false");
      buttons.push(shiftKey, key("␣", () => type(" "), { name: words.space, wide: "widest" }), back);
    } else {
      buttons.push(key("⇥", () => user.focus(), { name: words.user }), key("0", () => type("0")), back);
    }
    upper = false;
    keys.replaceChildren(...buttons);
  }

  function speak(newWords, isOffline) {
    if (words === newWords && offline === isOffline) return;
    words = newWords;
    offline = isOffline;
    part("pad-title").textContent = words.title;
    dialog.querySelector("[for=pad-user]").textContent = words.user;
    dialog.querySelector("[for=pad-pin]").textContent = words.pin;
    part("pad-cancel").textContent = words.cancel;
    part("pad-send").textContent = words.send;
    keys.setAttribute("aria-label", words.keys);
    note.textContent = offline ? words.offline : words.note;
    drawKeys();
  }

  async function send(event) {
    event.preventDefault();
    if (field === user && !pin.value) { pin.focus(); return; }
    if (!user.value.trim() || !pin.value) return;
    const body = JSON.stringify({ user_id: user.value.trim(), pin: pin.value });
    pin.value = "";
    check();
    try {
      const answer = await fetch("/pin", { method: "POST", headers: { "content-type": "application/json" }, body });
      if (!answer.ok) note.textContent = words.failed;
    } catch {
      note.textContent = words.failed;
    }
  }

  for (const input of [user, pin]) {
    input.addEventListener("focus", () => { field = input; drawKeys(); });
    input.addEventListener("input", () => { check(); stayOpen(); });
  }
  form.addEventListener("submit", send);
  part("pad-cancel").addEventListener("click", close);
  dialog.addEventListener("cancel", close);

  function open() {
    form.reset();
    check();
    note.textContent = offline ? words.offline : words.note;
    if (!dialog.open) dialog.showModal();
    user.focus();
    stayOpen();
  }

  return { open, close, speak };
}
