// How the phone page shows what it knows: the large card, how the connection is, the list of earlier ones.

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
const TAGS = { checked_in: "ok", late: "warn", expired: "warn", processing: "warn" };

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

export function showCard({ kind, latest, waited }, { say, language, sentence }) {
  const place = document.getElementById("card");
  document.getElementById("waited").textContent =
    waited === undefined ? "" : say("waited", { seconds: Math.floor(waited / 1000) });
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
  if (kind === "none") return say("none_help");
  if (kind === "checked_in" || kind === "late") return joined([where(latest), clock(latest.moment, language)]);
  const words = kind === "refused" ? sentence : say(`${kind}_help`);
  return kind === "processing" || kind === "slow" ? joined([where(latest), words]) : words;
}

/** The sessions in which it counts; or else the place. */
function where({ attendance, place }) {
  return attendance.map((one) => `${one.title} · ${one.room}`).join(", ") || place;
}

function joined(parts) {
  return parts.filter(Boolean).map(apart).join(" · ");
}

export function showLink({ link, at }, { say, language }) {
  const place = document.getElementById("link");
  const known = at !== null || link === "live" || link === "connecting";
  place.textContent = known ? say(link, { time: when(at, language) }) : say("no_network");
  place.dataset.state = link;
}

/** Over what the server cannot be asked for now. */
export function lastKnown(at, { say, language }, more = "") {
  return element("p", { text: `${say("last_known", { time: when(at, language) })} ${more}`, kind: "as-of mute" });
}

export function showEarlier(checkins, { say, language }) {
  const list = document.getElementById("earlier");
  document.getElementById("earlier-part").hidden = checkins.length === 0;
  list.replaceChildren(
    ...checkins.slice(0, 8).map((one) =>
      line(where(one) || when(one.moment, language), {
        small: where(one) ? when(one.moment, language) : "",
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
  if (moment === null) return "";
  const at = new Date(moment);
  if (at.toDateString() === new Date().toDateString()) return clock(moment, language);
  const { hourCycle } = new Intl.DateTimeFormat(regional(language), { timeStyle: "short" }).resolvedOptions();
  const hour = hourCycle === "h23" ? "2-digit" : "numeric"; // as `clock` has it
  const withDay = { weekday: "short", day: "numeric", month: "short", hour, minute: "2-digit" };
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
