// The phone page: joins what the server says, what is remembered, and what is shown.

import { follow } from "../live.js";
import * as server from "./server.js";
import { card, kept, nothing, reduce } from "./store.js";
import { showHistory } from "./history.js";
import { showMyData } from "./my_data.js";
import { endHere, endUnknown, endWithServer } from "./notices.js";
import { showCard, showEarlier, showLink, translate } from "./view.js";
import { LANGUAGES, preferred, speaker } from "./words.js";

const KEPT = "facecheckin.last";
const LANGUAGE = "facecheckin.language";
const sentences = new Map();

let state = nothing;
let language = preferred(read(LANGUAGE), navigator.languages);
let say = speaker(language);
let unfollow = null;
let ticking = 0;

begin();

function begin() {
  const last = read(KEPT);
  if (last) state = reduce(state, { kind: "restored", state: JSON.parse(last) });
  chooseLanguage();
  document.getElementById("sign-in-form").addEventListener("submit", signIn);
  document.getElementById("sign-out").addEventListener("click", signOut);
  addEventListener("hashchange", showView);
  addEventListener("offline", () => stands("offline"));
  show();
  whoAmI();
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/me/worker.js", { scope: "/me/" });
}

async function whoAmI() {
  try {
    const me = await server.who();
    if (me === null) return forget();
    if (me.role !== "person") return location.replace("/");
    change({ kind: "me", me: { subject: me.subject, name: me.name, push: me.push } });
    listen();
    showView(new Event("known"));
    if (me.push) endUnknown();
  } catch (error) {
    if (error instanceof server.SignedOut) return forget();
    stands("offline");
    if (state.me) listen();
  }
}

function listen() {
  unfollow?.();
  unfollow = follow("/api/live/mine/", {
    position: state.position,
    told: (message) => change({ ...message, now: Date.now() }),
    stands: (link) => (link === "signed-out" ? forget() : stands(navigator.onLine ? link : "offline")),
  });
}

function change(event) {
  state = reduce(state, event);
  write(KEPT, JSON.stringify(kept(state)));
  show();
}

function stands(link) {
  if (state.link === link) return;
  state = reduce(state, { kind: "link", link });
  show();
}

function show() {
  const now = Date.now();
  const shown = card(state, now);
  document.body.dataset.signedIn = state.me ? "yes" : "no";
  document.getElementById("hello").textContent = state.me ? say("hello", { name: state.me.name }) : "FaceCheckIn";
  showCard(shown, { say, language, stale: state.link !== "live", sentence: sentenceOf(shown.latest?.refusal_code) });
  showLink(state, { say, language });
  showEarlier(state.checkins.slice(shown.kind === "none" ? 0 : 1), { say, language });
  clearTimeout(ticking);
  if (shown.kind === "processing" || shown.kind === "slow") ticking = setTimeout(show, 1000 - (shown.waited % 1000));
  showView(null);
}

/** The refusal's own words, asked for once; an empty string until they are there. */
function sentenceOf(code) {
  if (!code) return "";
  const key = `${language} ${code}`;
  if (!sentences.has(key)) {
    sentences.set(key, "");
    server.sentence(code, language).then(
      (words) => {
        sentences.set(key, words);
        show();
      },
      () => sentences.delete(key),
    );
  }
  return sentences.get(key) ?? "";
}

function showView(event) {
  const wanted = location.hash.slice(1) || "now";
  for (const view of document.querySelectorAll("[data-view]")) view.hidden = view.dataset.view !== wanted;
  for (const tab of document.querySelectorAll(".tabs a")) {
    if (tab.hash.slice(1) === wanted) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
  if (!event || !state.me) return;
  const context = { person: state.me.subject, push: state.me.push, say, language, signedOut: forget };
  if (wanted === "history") showHistory(context);
  if (wanted === "me") showMyData(context);
}

async function signIn(event) {
  event.preventDefault();
  const wrong = document.getElementById("sign-in-wrong");
  wrong.textContent = "";
  try {
    await server.signIn(event.target.elements.code.value.trim(), language);
    event.target.reset();
    await whoAmI();
  } catch (error) {
    wrong.textContent = error instanceof server.Unreachable ? say("no_network") : error.message;
  }
}

async function signOut() {
  if (state.me?.push) await endWithServer();
  await server.signOut().catch(() => null);
  forget();
}

/** Nothing of whoever was signed in stays in this browser. */
function forget() {
  unfollow?.();
  unfollow = null;
  write(KEPT, null);
  endHere();
  state = nothing;
  show();
}

function chooseLanguage() {
  const choice = document.getElementById("language");
  choice.replaceChildren(...Object.entries(LANGUAGES).map(([code, name]) => new Option(name, code)));
  for (const option of choice.options) option.lang = option.value;
  choice.value = language;
  choice.addEventListener("change", () => {
    language = choice.value;
    say = speaker(language);
    write(LANGUAGE, language);
    translate(say, language);
    show();
    showView(new Event("language"));
  });
  translate(say, language);
}

function read(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // storage is refused: nothing is remembered
  }
}

function write(key, value) {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    return; // storage is refused or full: the page works without
  }
}
