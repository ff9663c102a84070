// Draws what the station says it shows, counts the waiting time, and says so when the station falls silent.
import { makePad } from "/pad.js";

const SILENCE_MS = 12_000;
// Each kind of screen: the tone of the ground, the icon, how the ring moves, and whether the other route is offered.
const LOOKS = {
  connecting: { tone: "quiet", icon: "link", motion: "wait" },
  lost: { tone: "red", icon: "unlink" },
  starting: { tone: "quiet", icon: "camera", motion: "wait" },
  unpaired: { tone: "quiet", icon: "key" },
  ready: { tone: "quiet", icon: "face", motion: "breathe", other: "offered" },
  offline: { tone: "quiet", icon: "face", motion: "breathe", other: "offered" },
  fault: { tone: "quiet", icon: "face", motion: "breathe", other: "offered" },
  full: { tone: "red", icon: "stop", other: "wanted" },
  revoked: { tone: "red", icon: "stop" },
  camera_broken: { tone: "red", icon: "camera", other: "wanted" },
  capturing: { tone: "blue", icon: "face", motion: "wait" },
  processing: { tone: "amber", icon: "face", motion: "wait" },
  checked_in: { tone: "green", icon: "check", motion: "arrive" },
  saved: { tone: "amber", icon: "disk", motion: "arrive" },
  retake: { tone: "red", icon: "again", motion: "arrive" },
  gave_up: { tone: "red", icon: "staff", motion: "arrive", other: "wanted" },
  refused: { tone: "red", icon: "stop", motion: "arrive", other: "wanted" },
  see_staff: { tone: "red", icon: "staff", motion: "arrive", other: "wanted" },
  not_saved: { tone: "red", icon: "stop", motion: "arrive", other: "wanted" },
  pin_checking: { tone: "blue", icon: "key", motion: "wait" },
  pin_refused: { tone: "red", icon: "key", motion: "arrive", other: "wanted" },
  pin_unreachable: { tone: "red", icon: "unlink", motion: "arrive", other: "wanted" },
};
const COUNTED = new Set(["processing", "pin_checking"]);

const $ = (id) => document.getElementById(id);
const WORDS = await (await fetch("/words.json")).json();
const pad = makePad($("pad"));
let screen = { kind: "connecting", language: "en" };
let heardMs = performance.now();
let lost = false;

const words = () => WORDS[screen.language] ?? WORDS.en;
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
const number = (value, options) => new Intl.NumberFormat(screen.language, options).format(value);

// The station's idea of the server's time: this machine's own clock may never have been set.
function serverTime(passedMs = performance.now() - heardMs) {
  return screen.server_time_ms == null ? null : new Date(screen.server_time_ms + passedMs);
}

function timeOfDay(date) {
  return new Intl.DateTimeFormat(screen.language, { timeStyle: "short" }).format(date);
}

function set(id, text) {
  const element = $(id);
  if (element.textContent !== text) element.textContent = text;
  element.hidden = text === "";
}

function sentence(kind, said) {
  if (kind === "checked_in") {
    const at = serverTime(-screen.elapsed_ms);
    return at === null ? "" : fill(said.text, { time: timeOfDay(at) });
  }
  if (kind === "unpaired" && screen.pairing_code) return said.text;
  return screen.sentence ?? said.reasons?.[screen.reason] ?? said.text;
}

function draw() {
  const kind = lost ? "lost" : screen.kind;
  const look = LOOKS[kind] ?? LOOKS.starting;
  const language = words();
  const said = language[kind] ?? language.starting;
  document.documentElement.lang = screen.language;
  document.documentElement.dir = language.dir;
  Object.assign(document.body.dataset, { kind, tone: look.tone, motion: look.motion ?? "none" });
  $("icon").firstElementChild.setAttribute("href", `#icon-${look.icon}`);
  set("title", said.title);
  // The server's own words may be in another language than the page's.
  $("text").dir = screen.sentence ? "auto" : language.dir;
  set("text", kind === "ready" && ["key", "gpio"].includes(screen.mode) ? said.press : sentence(kind, said));
  set("name", kind === "checked_in" ? screen.name ?? "" : "");
  set("code", kind === "unpaired" ? screen.pairing_code ?? "" : "");
  document.body.dataset.code = String(kind === "unpaired" && screen.pairing_code !== null);
  set("room", screen.room ?? "");
  drawPairing(kind, language);
  drawLink(kind, language);
  drawOther(look, language);
  pad.speak(language.pad, screen.offline);
  tick();
}

function drawPairing(kind, language) {
  const wanted = kind === "unpaired" && screen.pairing_code ? `/pairing.svg?${encodeURIComponent(screen.pairing_code)}` : "";
  const picture = $("pairing");
  picture.hidden = wanted === "";
  if (wanted && picture.getAttribute("src") !== wanted) picture.src = wanted;
  picture.alt = language.unpaired.picture;
}

function drawLink(kind, language) {
  const known = !["connecting", "starting", "unpaired", "lost", "revoked"].includes(kind);
  const offline = screen.offline || kind === "fault" || kind === "pin_unreachable";
  const waiting = screen.waiting ? ` · ${fill(language.link.waiting, { count: number(screen.waiting) })}` : "";
  $("link").hidden = !known;
  document.body.dataset.link = offline ? "offline" : "online";
  set("link-text", known ? (offline ? language.link.offline : language.link.online) + waiting : "");
}

function drawOther(look, language) {
  const button = $("other");
  button.hidden = !look.other;
  button.textContent = language.other;
  button.classList.toggle("wanted", look.other === "wanted");
}

function tick() {
  const now = serverTime();
  set("clock", now === null ? "" : timeOfDay(now));
  const counted = !lost && COUNTED.has(screen.kind);
  const passedS = Math.floor((screen.elapsed_ms + performance.now() - heardMs) / 100) / 10;
  const figure = number(passedS, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  set("elapsed", counted ? fill(words().seconds, { seconds: figure }) : "");
  if (!lost && performance.now() - heardMs > SILENCE_MS) {
    lost = true;
    draw();
  }
}

function listen() {
  const stream = new EventSource("/screen");
  stream.onmessage = (event) => {
    const before = screen.kind;
    screen = JSON.parse(event.data);
    heardMs = performance.now();
    lost = false;
    if (screen.kind !== before && screen.kind.startsWith("pin_")) pad.close();
    draw();
  };
  // A stream that the browser has given up is opened anew here; a broken one it opens itself.
  stream.onerror = () => {
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
  };
}

$("other").addEventListener("click", () => pad.open());
setInterval(tick, 100);
draw();
listen();
