// What a person agreed to, and what they may do with what is held on them.

import * as server from "./server.js";
import { noticesPart } from "./notices.js";
import { element, lastKnown } from "./view.js";

const PURPOSES = ["face", "emotion"];

export async function showMyData(context) {
  const place = document.getElementById("my-data");
  const { person, say } = context;
  try {
    const answer = await server.consents(person);
    context.keep(answer);
    const notices = context.push ? [await noticesPart(context)] : [];
    place.replaceChildren(consentsPart(answer, context), ...notices, held(context));
    place.dataset.stale = "no";
  } catch (error) {
    if (error instanceof server.Unreachable && context.kept) showLastKnown(place, context);
    else wrong(place, error, context);
  }
}

/** Nothing can be changed without the network. */
function showLastKnown(place, context) {
  const { kept, say } = context;
  place.dataset.stale = "yes";
  place.replaceChildren(
    lastKnown(kept.at, context, say("online_first")),
    consentsPart(kept.answer, { ...context, fixed: true }),
  );
}

function consentsPart({ consents }, context) {
  return element(
    "section",
    { kind: "card" },
    element("h2", { text: context.say("consents") }),
    ...PURPOSES.map((purpose) => purposePart(purpose, consents.includes(purpose), context)),
  );
}

function purposePart(purpose, agreed, context) {
  const { person, say, fixed } = context;
  const button = element("button", { text: say(agreed ? "withdraw" : "give"), type: "button" });
  button.setAttribute("aria-label", `${say(agreed ? "withdraw" : "give")}: ${say(purpose)}`);
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await server.agree(person, purpose, !agreed);
      await showMyData(context);
    } catch (error) {
      wrong(document.getElementById("my-data"), error, context);
    }
  });
  return element(
    "div",
    { kind: "purpose" },
    element(
      "header",
      {},
      element("h3", { text: say(purpose) }),
      element("span", { text: say(agreed ? "agreed" : "not_agreed"), kind: `tag ${agreed ? "ok" : ""}` }),
    ),
    element("p", { text: say(`${purpose}_help`), kind: "mute" }),
    ...(fixed ? [] : [element("div", { kind: "actions" }, button)]),
  );
}

function held(context) {
  const { say } = context;
  const download = element("button", { text: say("export"), type: "button" });
  download.addEventListener("click", () => exportAll(context));
  const erase = element("button", { text: say("erase"), type: "button", kind: "danger" });
  const sure = element("div", { kind: "stack", hidden: "" });
  const yes = element("button", { text: say("erase_confirm"), type: "button", kind: "danger" });
  const no = element("button", { text: say("cancel"), type: "button", kind: "main" });
  sure.append(element("p", { text: say("erase_help") }), element("div", { kind: "actions" }, no, yes));
  erase.addEventListener("click", () => {
    sure.hidden = false;
    erase.hidden = true;
    no.focus();
  });
  no.addEventListener("click", () => {
    sure.hidden = true;
    erase.hidden = false;
    erase.focus();
  });
  yes.addEventListener("click", () => eraseAll(yes, context));
  const buttons = element("div", { kind: "actions" }, download, erase);
  return element("section", { kind: "card stack" }, element("h2", { text: say("data") }), buttons, sure);
}

async function exportAll(context) {
  try {
    const everything = JSON.stringify(await server.everything(context.person), null, 2);
    const link = element("a", { download: "facecheckin.json" });
    link.href = URL.createObjectURL(new Blob([everything], { type: "application/json" }));
    link.click();
    URL.revokeObjectURL(link.href);
  } catch (error) {
    wrong(document.getElementById("my-data"), error, context);
  }
}

async function eraseAll(button, context) {
  button.disabled = true;
  try {
    await server.erase(context.person);
    context.erased();
  } catch (error) {
    wrong(document.getElementById("my-data"), error, context);
  }
}

function wrong(place, error, { say, signedOut }) {
  if (error instanceof server.SignedOut) return signedOut();
  place.dataset.stale = "yes";
  const words = error instanceof server.Unreachable ? say("no_network") : error.message || say("failed");
  place.replaceChildren(element("p", { text: words, kind: "notice bad", role: "alert" }));
}
