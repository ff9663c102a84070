// What is known of a person's check-ins, and what that means for the screen. Pure: no page, no clock, no network.

const SLOW_AFTER_MS = 8_000;
const CURRENT_FOR_MS = 12 * 3_600_000;

/**
 * `at`: when the server last said something, in milliseconds; null where it never did. `answers`: what it last answered
 * to each of the other views, with the time of that.
 */
export const nothing = Object.freeze({
  me: null,
  position: null,
  checkins: [],
  link: "connecting",
  at: null,
  answers: {},
});

export function reduce(state, event) {
  switch (event.kind) {
    case "restored":
      return { ...nothing, ...event.state, link: "connecting" };
    case "me":
      return state.me?.subject === event.me.subject ? { ...state, me: event.me } : { ...nothing, me: event.me };
    case "link":
      return { ...state, link: event.link, at: Math.max(state.at ?? 0, event.heard ?? 0) || null };
    case "answer":
      return { ...state, answers: { ...state.answers, [event.view]: { answer: event.answer, at: event.now } } };
    case "snapshot":
      return { ...state, position: event.position, checkins: newestFirst(event.checkins), at: event.now };
    case "check_in": {
      const others = state.checkins.filter((one) => one.checkin_id !== event.checkin_id);
      const { kind: _kind, now, ...checkin } = event;
      return { ...state, position: event.position, checkins: newestFirst([checkin, ...others]), at: now };
    }
    case "attendance":
      return {
        ...state,
        position: event.position,
        checkins: state.checkins.map((one) => attended(one, event.attendance)),
        at: event.now,
      };
    default:
      return state;
  }
}

/** What the large card shows: its kind, the check-in behind it, and how long it has been waited for. */
export function card(state, now) {
  const [latest] = state.checkins;
  if (!latest || now - Date.parse(latest.started_at) > CURRENT_FOR_MS) return { kind: "none" };
  const waited = Math.max(0, now - Date.parse(latest.started_at));
  if (latest.status === "processing") return { kind: waited > SLOW_AFTER_MS ? "slow" : "processing", latest, waited };
  const late = latest.status === "checked_in" && latest.attendance.some((one) => one.status === "late");
  return { kind: late ? "late" : latest.status, latest };
}

/** What is kept for the next time the page opens without a network. */
export function kept({ me, position, checkins, at, answers }) {
  return { me, position, checkins, at, answers };
}

function attended(checkin, attendance) {
  const changed = checkin.attendance.map((one) => (one.session_id === attendance.session_id ? attendance : one));
  return { ...checkin, attendance: changed };
}

function newestFirst(checkins) {
  return [...checkins].sort((a, b) => Date.parse(b.started_at) - Date.parse(a.started_at)).slice(0, 50);
}
