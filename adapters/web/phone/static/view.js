// How the phone page shows what it knows: the large card, the line about the connection, the list of earlier ones.

const ICONS = {
  none: "person",
  processing: "wait",
  slow: "wait",
  checked_in: "check",
  late: "clock",
  refused: "retry",
  unknown: "question",
  mismatch: "question",
  ambiguous: "question",
  expired: "retry",
};
const TAGS = { checked_in: "ok", late: "warn", ambiguous: "warn", expired: "warn", processing: "calm" };

let announced = "";

export function element(name, { text, kind, ...attributes } = {}, ...children) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (kind) made.className = kind;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

export function translate(say, language) {
  document.documentElement.lang = language;
  document.documentElement.dir = language === "ar" ? "rtl" : "ltr";
  for (const one of document.querySelectorAll("[data-say]")) one.textContent = say(one.dataset.say);
  for (const one of document.querySelectorAll("[data-say-label]")) {
    one.setAttribute("aria-label", say(one.dataset.sayLabel));
  }
}

export function showCard({ kind, latest, waited }, { say, language, stale, sentence }) {
  const place = document.getElementById("card");
  document.getElementById("waited").textContent =
    waited === undefined ? "" : say("waited", { seconds: Math.floor(waited / 1000) });
  place.toggleAttribute("data-stale", stale && kind !== "none");
  const detail = detailOf(kind, latest, { say, language, sentence });
  const shown = JSON.stringify([kind, latest?.checkin_id, detail, language]);
  if (shown === announced) return;
  announced = shown;
  place.dataset.kind = kind;
  document.getElementById("card-icon").setAttribute("href", `#icon-${ICONS[kind]}`);
  document.getElementById("card-icon").classList.toggle("turning", ICONS[kind] === "wait");
  document.getElementById("card-title").textContent = say(kind);
  document.getElementById("card-detail").textContent = detail;
}

function detailOf(kind, latest, { say, language, sentence }) {
  if (kind === "refused") return sentence;
  if (kind !== "checked_in" && kind !== "late") return say(`${kind}_help`);
  const sessions = latest.attendance.map((one) => `${one.title} · ${one.room}`).join(", ");
  return [sessions, clock(latest.moment, language)].filter(Boolean).map(apart).join(" · ");
}

export function showLink(state, { say, language }) {
  const words =
    state.at === null && state.link !== "live"
      ? say(state.me ? "connecting" : "none_help")
      : say(state.link, { time: clock(state.at, language) });
  document.getElementById("link").textContent = words;
  document.getElementById("link").dataset.state = state.link;
}

export function showEarlier(checkins, { say, language }) {
  const list = document.getElementById("earlier");
  document.getElementById("earlier-part").hidden = checkins.length === 0;
  list.replaceChildren(
    ...checkins.slice(0, 8).map((one) =>
      line(when(one.moment, language), {
        small: one.attendance.map((a) => `${a.title} · ${a.room}`).join(", "),
        tag: say(one.status),
        kind: TAGS[one.status] ?? "bad",
      }),
    ),
  );
}

export function line(title, { small, tag, kind }) {
  return element(
    "li",
    {},
    element("strong", { text: title }),
    element("small", { text: small, kind: "mute" }),
    element("span", { text: tag, kind: `tag ${kind}` }),
  );
}

export function clock(moment, language, zone) {
  if (moment === null) return "";
  const how = { timeStyle: "short", timeZone: zone };
  return together(new Intl.DateTimeFormat(regional(language), how).format(new Date(moment)));
}

/** With its day, unless that is today. */
function when(moment, language) {
  const at = new Date(moment);
  if (at.toDateString() === new Date().toDateString()) return clock(moment, language);
  const withDay = { weekday: "short", day: "numeric", month: "short", hour: "numeric", minute: "2-digit" };
  if (at.getFullYear() !== new Date().getFullYear()) withDay.year = "numeric";
  return together(new Intl.DateTimeFormat(regional(language), withDay).format(at));
}

export function day(moment, language, zone) {
  return new Intl.DateTimeFormat(regional(language), { dateStyle: "full", timeZone: zone }).format(new Date(moment));
}

/** What is written in another direction than the words around it keeps its own order. */
function apart(words) {
  return `\u2068${words}\u2069`;
}

/** No line ends between a time and whether it is before noon. */
function together(time) {
  return time.replace(/(\d) (\D+)$/, "$1\u00a0$2");
}

/** Times as this phone's region writes them, where it speaks that language: 19:50 in Britain, 7:50 PM in America. */
function regional(language) {
  return navigator.languages.find((one) => one.split("-")[0] === language) ?? language;
}
