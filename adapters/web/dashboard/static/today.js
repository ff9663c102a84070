// Today as it happens: check-ins come into the list at their time, and the figures are asked for anew when they change.

import { follow } from "../live.js";

const WORDS = {
  processing: "Processing",
  checked_in: "Checked in",
  unknown: "Unknown",
  ambiguous: "Ambiguous",
  mismatch: "Named somebody else",
  refused: "Refused",
  expired: "Expired",
};
const TO_REVIEW = ["unknown", "ambiguous", "mismatch", "refused"];
const NOBODY = "Nobody known";
const ERASED = "Somebody who was erased";
const REFRESH_MS = 1_000;

const feed = document.getElementById("feed");
const pill = document.getElementById("live");
const stations = JSON.parse(feed.dataset.stations);
const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", timeZone: feed.dataset.zone });
let refreshing = 0;

pill.hidden = false;
follow("/api/live/staff/", {
  position: Number(feed.dataset.after),
  told,
  stands(state, heard) {
    pill.dataset.state = state;
    const since = heard === null ? "" : ` since ${clock.format(heard).slice(0, 5)}`;
    pill.textContent = { live: "Live", reconnecting: `Reconnecting${since}`, offline: `Offline${since}` }[state] ?? "";
    if (state === "signed-out") location.assign("/sign-in/?next=/today/");
  },
});
setInterval(refreshSoon, 60_000);

function told(message) {
  switch (message.kind) {
    case "snapshot":
      feed.replaceChildren();
      for (const one of message.checkins) show(one);
      break;
    case "check_in":
      show(message);
      break;
    case "erased":
      for (const line of feed.querySelectorAll(`[data-person="${message.person_id}"]`)) forget(line);
      break;
  }
  refreshSoon();
}

function show(one) {
  const line = document.createElement("li");
  line.dataset.id = one.checkin_id;
  line.dataset.station = one.station_id;
  if (one.person) line.dataset.person = one.person.person_id;
  const tag = element("span", WORDS[one.status] ?? one.status, `tag ${one.status}`);
  const who = document.createElement("span");
  const counted = one.attendance.map((a) => ` · ${a.title}: ${a.status}`).join("");
  who.append(
    named(one),
    element("small", (stations[one.station_id] ?? "a station") + counted, "mute"),
  );
  const time = element("time", clock.format(new Date(one.moment)));
  time.dateTime = one.moment;
  line.append(tag, who, time);
  const before = feed.querySelector(`[data-id="${one.checkin_id}"]`);
  if (!before) line.className = "fresh";
  before?.remove();
  const moment = Date.parse(one.moment);
  const older = [...feed.children].find((other) => Date.parse(other.querySelector("time").dateTime) <= moment);
  feed.insertBefore(line, older ?? null);
  while (feed.children.length > feed.dataset.most) feed.lastElementChild.remove();
  document.getElementById("feed-empty").hidden = true;
}

function forget(line) {
  delete line.dataset.person;
  line.querySelector("strong").textContent = ERASED;
  line.querySelector("small").textContent = stations[line.dataset.station] ?? "a station";
}

function named(one) {
  const otherwise = one.status === "checked_in" ? ERASED : NOBODY;
  if (one.person || !TO_REVIEW.includes(one.status)) return element("strong", one.person?.name ?? otherwise);
  const link = element("a", NOBODY);
  link.href = `/review/${one.checkin_id}/`;
  const who = document.createElement("strong");
  who.append(link);
  return who;
}

function element(name, words, kind = "") {
  const made = document.createElement(name);
  made.textContent = words;
  if (kind) made.className = kind;
  return made;
}

function refreshSoon() {
  refreshing ||= setTimeout(refresh, REFRESH_MS);
}

async function refresh() {
  refreshing = 0;
  const answer = await fetch(location.href, { headers: { accept: "text/html" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-part]")) {
    const next = fresh.querySelector(`[data-part="${part.dataset.part}"]`);
    if (!next || part.contains(document.activeElement)) continue;
    part.querySelectorAll("details").forEach((one, number) => {
      const same = next.querySelectorAll("details")[number];
      if (same) same.open = one.open;
    });
    part.replaceWith(next);
  }
}
