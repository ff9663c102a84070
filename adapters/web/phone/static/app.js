// The phone page: joins what the server says, what is remembered, and what is shown.

import { follow } from "../live.js";
import * as server from "./server.js";
import { card, kept, nothing, reduce } from "./store.js";
import { showHistory } from "./history.js";
import { showMyData } from "./my_data.js";
import { endHere, endUnknown, endWithServer } from "./notices.js";
import { clock, showCard, showEarlier, showLink, translate } from "./view.js";
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
  addEventListener("hashchange", (event) => {
    if (!broughtCode()) showView(event);
  });
  show();
  if (!broughtCode()) whoAmI();
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
    stands(navigator.onLine ? "reconnecting" : "offline");
    if (!state.me) return;
    listen();
    showView(new Event("known"));
  }
}

function listen() {
  unfollow?.();
  unfollow = follow("/api/live/mine/", {
    position: state.position,
    told: (message) => change({ ...message, now: Date.now() }),
    stands: (link, heard) => (link === "signed-out" ? forget() : stands(link, heard)),
  });
}

function change(event) {
  state = reduce(state, event);
  write(KEPT, JSON.stringify(kept(state)));
  show();
}

/** A view that could not be asked for is asked for again once the server is back. */
function stands(link, heard) {
  if (state.link === link) return;
  change({ kind: "link", link, heard });
  const shown = document.querySelector("[data-view]:not([hidden]) [data-stale=yes]");
  if (link === "live" && shown) showView(new Event("live"));
}

function show() {
  const now = Date.now();
  const shown = card(state, now);
  document.body.dataset.signedIn = state.me ? "yes" : "no";
  const home = document.querySelector(state.me ? "[data-view=me]" : ".sign-in");
  const choice = document.querySelector(".language");
  if (choice.parentElement !== home) home.append(choice);
  document.getElementById("hello").textContent = state.me ? say("hello", { name: state.me.name }) : "FaceCheckIn";
  showCard(shown, { say, language, sentence: sentenceOf(shown.latest?.refusal_code) });
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
  const context = {
    person: state.me.subject,
    push: state.me.push,
    say,
    language,
    signedOut: forget,
    erased,
    kept: state.answers[wanted],
    keep: (answer) => change({ kind: "answer", view: wanted, answer, now: Date.now() }),
  };
  if (wanted === "history") showHistory(context);
  if (wanted === "me") showMyData(context);
}

/** A code that came in the address's fragment, which no server ever sees, is taken out of the address and sent. */
function broughtCode() {
  const code = new URLSearchParams(location.hash.slice(1)).get("code");
  if (!code) return false;
  history.replaceState(null, "", location.pathname);
  const form = document.getElementById("sign-in-form");
  form.elements.code.value = code;
  form.requestSubmit();
  return true;
}

async function signIn(event) {
  event.preventDefault();
  const { code } = event.target.elements;
  const wrong = document.getElementById("sign-in-wrong");
  wrong.textContent = document.getElementById("erased").textContent = "";
  code.removeAttribute("aria-invalid");
  try {
    await server.signIn(code.value.trim(), language);
    event.target.reset();
    await whoAmI();
  } catch (error) {
    if (state.me) return whoAmI(); // they are signed in already, and stay so
    wrong.textContent = notSignedIn(error);
    if (error.code === "sign-in-refused") code.setAttribute("aria-invalid", "true");
    code.focus();
  }
}

function notSignedIn(error) {
  if (error instanceof server.Unreachable) return say("no_network");
  if (error.code === "sign-in-refused") return say("code_wrong");
  if (error.waitMs > 0) return say("too_often", { time: clock(Date.now() + error.waitMs, language) });
  return error.message;
}

function erased() {
  forget();
  document.getElementById("erased").textContent = say("erased");
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
  for (const id of ["history", "my-data"]) document.getElementById(id).replaceChildren();
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
