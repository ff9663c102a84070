// Today as it happens: check-ins come in at the top of the list, and the figures are asked for anew when they change.

import { follow } from "../live.js";

const WORDS = {
  processing: "Processing",
  checked_in: "Checked in",
  unknown: "Unknown",
  ambiguous: "Ambiguous",
  mismatch: "Not them",
  refused: "Refused",
  expired: "Expired",
};
const TO_REVIEW = ["unknown", "ambiguous", "mismatch", "refused"];
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
  stands(state) {
    pill.dataset.state = state;
    pill.textContent = { live: "Live", reconnecting: "Reconnecting", "signed-out": "Signed out" }[state];
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
      for (const line of feed.querySelectorAll(`[data-person="${message.person_id}"]`)) line.remove();
      break;
  }
  refreshSoon();
}

function show(one) {
  const line = document.createElement("li");
  line.dataset.id = one.checkin_id;
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
  if (before) {
    before.replaceWith(line);
  } else {
    line.className = "fresh";
    feed.prepend(line);
  }
  while (feed.children.length > feed.dataset.most) feed.lastElementChild.remove();
  document.getElementById("feed-empty").hidden = true;
}

function named(one) {
  if (one.person || !TO_REVIEW.includes(one.status)) return element("strong", one.person?.name ?? "Nobody known");
  const link = element("a", "Nobody known");
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
