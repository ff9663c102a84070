// A person's attendance, day by day and session by session, and the check-ins that counted in none.

import { attendance, SignedOut, Unreachable } from "./server.js";
import { clock, day, element, line, lastKnown } from "./view.js";

const KINDS = { present: "present", late: "late", absent: "absent", excused: "excused", expected: "calm" };

export async function showHistory(context) {
  const place = document.getElementById("history");
  try {
    const answer = await attendance(context.person, null);
    context.keep(answer);
    place.replaceChildren(...parts(place, answer, context));
    place.dataset.stale = "no";
  } catch (error) {
    fails(place, error, context);
  }
}

/** Without the network what was last known is shown, with its age. */
function fails(place, error, context) {
  const { say, kept, language, signedOut } = context;
  if (error instanceof SignedOut) return signedOut();
  const unreachable = error instanceof Unreachable;
  place.dataset.stale = "yes";
  if (unreachable && kept) {
    const answer = { ...kept.answer, before: null };
    place.replaceChildren(lastKnown(kept.at, { say, language }), ...parts(place, answer, context));
  } else {
    place.replaceChildren(element("p", { text: say(unreachable ? "no_network" : "failed"), kind: "empty" }));
  }
}

function parts(place, { sessions, outside, before }, context) {
  const { say } = context;
  const made = [];
  const none = outside.length ? "no_session" : "no_history";
  if (!sessions.length) made.push(element("p", { text: say(none), kind: "empty" }));
  made.push(...days(sessions, outside, context));
  if (before) made.push(more(place, before, context));
  return made;
}

function days(sessions, outside, context) {
  const all = [
    ...sessions.map((one) => ({ at: one.starts_at, zone: one.zone, made: () => session(one, context) })),
    ...outside.map((one) => ({ at: one.moment, made: () => checkIn(one, context) })),
  ].sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
  const made = [];
  let last = "";
  for (const one of all) {
    const date = day(one.at, context.language, one.zone);
    if (date !== last) made.push(element("h3", { text: date, kind: "over" }), element("ul", { kind: "lines" }));
    last = date;
    made.at(-1).append(one.made());
  }
  return made;
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

function checkIn(one, { say, language }) {
  const small = `${clock(one.moment, language)} · ${say("outside")}`;
  return line(one.place ?? say("checked_in"), { small, tag: say("checked_in"), kind: "ok" });
}

function more(place, before, context) {
  const button = element("button", { text: context.say("more"), type: "button" });
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      const earlier = await attendance(context.person, before);
      button.replaceWith(...days(earlier.sessions, earlier.outside, context));
      if (earlier.before) place.append(more(place, earlier.before, context));
    } catch (error) {
      fails(place, error, context);
    }
  });
  return button;
}
