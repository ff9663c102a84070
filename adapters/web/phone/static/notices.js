// Whether this device is told of check-ins by its browser's push service, and the switch for it.

import * as server from "./server.js";
import { element } from "./view.js";

const PROMPT_MS = 20_000;

/** The switch as it stands: unsupported, blocked, off or on; and whatever went wrong when it was last used. */
export async function noticesPart(context) {
  const place = element("section", { kind: "card" });
  await show(place, context);
  return place;
}

/** Before signing out, while the server still knows who asks. */
export async function endWithServer() {
  const subscription = await current().catch(() => null);
  if (subscription) await server.endPush(await idOf(subscription)).catch(() => null);
}

/** Nobody is told here any more; the push service lets the server know. */
export async function endHere() {
  await (await current().catch(() => null))?.unsubscribe().catch(() => null);
}

/** What was switched on by somebody else in this browser, or is kept by the server no more, ends. */
export async function endUnknown() {
  try {
    const subscription = await current();
    if (subscription && !(await known(subscription))) await subscription.unsubscribe();
  } catch {
    return; // without a network it is looked at the next time
  }
}

async function show(place, context, wrong = "") {
  const { say } = context;
  const state = await standing();
  const help = say(["blocked", "unsupported"].includes(state) ? `notices_${state}_help` : "notices_help");
  const tag = element("span", { text: say(`notices_${state}`), kind: `tag ${state === "on" ? "ok" : ""}` });
  const parts = [
    element("header", {}, element("h2", { text: say("notices") }), tag),
    element("p", { text: help, kind: "mute" }),
  ];
  if (wrong) parts.push(element("p", { text: wrong, kind: "notice bad", role: "alert" }));
  if (state === "on" || state === "off") parts.push(element("div", { kind: "actions" }, button(place, state, context)));
  place.replaceChildren(element("div", { kind: "purpose" }, ...parts));
}

function button(place, state, context) {
  const { say } = context;
  const verb = say(state === "on" ? "notices_turn_off" : "notices_turn_on");
  const made = element("button", { text: verb, type: "button", "aria-label": `${verb}: ${say("notices")}` });
  made.addEventListener("click", async () => {
    made.disabled = true;
    let wrong = "";
    try {
      if (state === "on") await turnOff();
      else await turnOn(context.language);
    } catch (error) {
      if (error instanceof server.SignedOut) return context.signedOut();
      if (error instanceof server.Unreachable) wrong = say("no_network");
      else wrong = error instanceof server.Refused ? error.message : say("notices_failed");
    }
    await show(place, context, wrong);
    place.querySelector("button")?.focus();
  });
  return made;
}

async function standing() {
  if (!("PushManager" in window && "Notification" in window && "serviceWorker" in navigator)) return "unsupported";
  if (Notification.permission === "denied") return "blocked";
  const subscription = await current().catch(() => null);
  return subscription && (await known(subscription)) ? "on" : "off";
}

async function turnOn(language) {
  if ((await Notification.requestPermission()) !== "granted") return;
  const { public_key: applicationServerKey } = await server.pushSubscriptions();
  const { pushManager } = await ready();
  await (await pushManager.getSubscription())?.unsubscribe(); // it may be one to another key
  const subscription = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
  try {
    const { endpoint, keys } = subscription.toJSON();
    await server.keepPush({ endpoint, keys, language });
  } catch (error) {
    await subscription.unsubscribe();
    throw error;
  }
}

async function turnOff() {
  const subscription = await current();
  await server.endPush(await idOf(subscription));
  await subscription.unsubscribe();
}

async function current() {
  const worker = await navigator.serviceWorker?.getRegistration("/me/");
  return (await worker?.pushManager?.getSubscription()) ?? null;
}

/** A worker that is never ready is a failure, and not a wait without end. */
function ready() {
  const patience = new Promise((_, reject) => setTimeout(reject, PROMPT_MS, new Error("no worker")));
  return Promise.race([navigator.serviceWorker.ready, patience]);
}

async function known(subscription) {
  const { subscriptions } = await server.pushSubscriptions();
  const id = await idOf(subscription);
  return subscriptions.some((one) => one.id === id);
}

/** As the server names it: the beginning of its endpoint's SHA-256, written as a UUID. */
async function idOf({ endpoint }) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint));
  const hex = [...new Uint8Array(digest, 0, 16)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
