// A person's attendance, day by day and session by session.

import { attendance, SignedOut, Unreachable } from "./server.js";
import { clock, day, element, line } from "./view.js";

const KINDS = { present: "present", late: "late", absent: "absent", excused: "excused", expected: "calm" };

export async function showHistory({ person, say, language, signedOut }) {
  const place = document.getElementById("history");
  place.replaceChildren();
  await add(place, person, null, { say, language, signedOut });
}

async function add(place, person, before, context) {
  const { say, language, signedOut } = context;
  try {
    const { sessions } = await attendance(person, before);
    if (!sessions.length && !before) place.append(element("p", { text: say("no_history"), kind: "empty" }));
    for (const one of sessions) {
      const date = day(one.starts_at, language, one.zone);
      if (place.dataset.day !== date || !place.lastElementChild) {
        place.dataset.day = date;
        place.append(element("h3", { text: date, kind: "over" }), element("ul", { kind: "lines" }));
      }
      place.lastElementChild.append(session(one, context));
    }
    if (sessions.length === 50) place.append(more(place, person, sessions.at(-1).starts_at, context));
  } catch (error) {
    if (error instanceof SignedOut) return signedOut();
    const words = error instanceof Unreachable ? say("no_network") : say("failed");
    place.replaceChildren(element("p", { text: words, kind: "empty" }));
  }
}

function session(one, { say, language }) {
  const begins = say("begins", { time: clock(one.starts_at, language, one.zone) });
  const came = one.moment ? ` · ${say("came", { time: clock(one.moment, language, one.zone) })}` : "";
  const by = one.corrected ? ` · ${say("corrected")}` : "";
  return line(`${one.title} · ${one.room}`, {
    small: `${begins}${came}${by}`,
    tag: say(one.status),
    kind: KINDS[one.status],
  });
}

function more(place, person, before, context) {
  const button = element("button", { text: context.say("more"), type: "button" });
  button.addEventListener("click", () => {
    button.remove();
    add(place, person, before, context);
  });
  return button;
}
