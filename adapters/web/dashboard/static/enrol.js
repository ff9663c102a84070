// Enrolling a face as it is seen: pictures from a camera or from files, each judged by the server at once.

const PICTURES = 3;
const APART_MS = 350;
const LONGEST_SIDE = 2000;
const MOST_BYTES = 4_000_000;
const ATTEMPTS = 5;

const camera = document.getElementById("camera");
const video = document.getElementById("preview");
const buttons = Object.fromEntries(["start", "shutter", "stop"].map((name) => [name, document.getElementById(name)]));
const form = document.getElementById("files");
const verdicts = document.getElementById("verdicts");
const progress = document.getElementById("progress");
const bar = document.getElementById("bar");
const path = `/api/people/${camera.dataset.person}/photographs/`;
let stream = null;
let taken = 0;
let busy = false;

camera.hidden = false;
document.getElementById("file-limits").textContent = "Any number, of any kind that this browser can show; each is judged at once";
form.elements.photographs.accept = "image/*";
buttons.start.addEventListener("click", start);
buttons.stop.addEventListener("click", stop);
buttons.shutter.addEventListener("click", burst);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  enrol([...form.elements.photographs.files].map((file) => ({ name: file.name, picture: () => fromFile(file) })));
});
addEventListener("pagehide", stop);

async function start() {
  wrong("");
  if (!navigator.mediaDevices) {
    wrong("A browser opens its camera for a page that came over https, or from this machine. Choose photographs instead.");
    return;
  }
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "user", width: { ideal: 1280 }, height: { ideal: 960 } } });
  } catch (error) {
    wrong(whyNoCamera(error));
    return;
  }
  stream.getVideoTracks()[0].addEventListener("ended", () => {
    stop();
    wrong("The camera went away. Plug it in and switch it on again, or choose photographs instead.");
  });
  video.srcObject = stream;
  await video.play();
  show(true);
  buttons.shutter.focus();
}

function whyNoCamera(error) {
  switch (error.name) {
    case "NotAllowedError":
      return "The browser was not allowed to use the camera. Allow it beside the address of this page, or choose photographs instead.";
    case "NotFoundError":
    case "OverconstrainedError":
      return "No camera was found. Plug one in, or choose photographs instead.";
    case "NotReadableError":
      return "The camera is used by another program. Close it there, or choose photographs instead.";
    default:
      return "The camera cannot be opened. Choose photographs instead.";
  }
}

function stop() {
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = null;
  video.srcObject = null;
  show(false);
}

function show(running) {
  buttons.start.hidden = running;
  buttons.shutter.hidden = !running;
  buttons.stop.hidden = !running;
  document.getElementById("camera-words").hidden = running;
}

async function burst() {
  if (busy) return;
  hold(true);
  const pictures = [];
  for (let number = 0; number < PICTURES && stream; number += 1) {
    if (number > 0) await wait(APART_MS);
    say(`Taking picture ${number + 1} of ${PICTURES}`, number, PICTURES);
    video.parentElement.dataset.flash = "";
    const picture = await drawn(video, video.videoWidth, video.videoHeight);
    delete video.parentElement.dataset.flash;
    taken += 1;
    pictures.push({ name: `Picture ${taken}`, picture: async () => picture });
  }
  hold(false);
  await enrol(pictures);
}

async function enrol(pictures) {
  if (busy) return;
  hold(true);
  let accepted = 0;
  for (const [number, { name, picture }] of pictures.entries()) {
    say(`Judging ${number + 1} of ${pictures.length}`, number, pictures.length);
    const outcome = await judged(name, picture);
    if (outcome.accepted) accepted += 1;
    tell(name, outcome);
    if (outcome.last) break;
  }
  say(`${accepted} of ${pictures.length} accepted.`, 1, 1);
  await recount();
  form.reset();
  hold(false);
}

/** As the server counts: a photograph that was enrolled before is accepted, and is no other one. */
async function recount() {
  const answer = await fetch(location.pathname).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("enrolled");
  if (fresh) document.getElementById("enrolled").textContent = fresh.textContent;
}

/** `last`: the next would fare no better. */
async function judged(name, picture) {
  let jpeg;
  try {
    jpeg = await picture();
  } catch {
    return { words: "This file cannot be read as a picture." };
  }
  const body = JSON.stringify({ photographs: [{ name: name.slice(0, 200), image: await base64(jpeg) }] });
  for (let attempt = 1; ; attempt += 1) {
    const answer = await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body }).catch(() => null);
    if (answer === null) return { jpeg, words: "The server cannot be reached. Try again in a moment.", last: true };
    const said = await answer.json().catch(() => ({}));
    if (answer.ok) return { jpeg, accepted: said.accepted[0], refused: said.refused[0] };
    if (answer.status === 401) location.assign(`/sign-in/?next=${encodeURIComponent(location.pathname)}`);
    if (said.retry !== "same_request" || attempt === ATTEMPTS) {
      return { jpeg, words: said.title ? `${said.title}.` : "That did not work.", last: true };
    }
    await wait(1000 * Number(answer.headers.get("retry-after") ?? 1));
  }
}

function tell(name, { jpeg, accepted, refused, words }) {
  const line = document.createElement("li");
  if (jpeg) line.append(thumbnail(jpeg));
  const told = document.createElement("span");
  told.append(element("span", accepted ? "Accepted" : refused ? "Refused" : "Failed", `tag ${accepted ? "ok" : "bad"}`), " ", element("strong", name));
  if (accepted) {
    const { sharpness, brightness, face_px } = accepted.quality;
    told.append(element("small", `Sharpness ${sharpness.toFixed(0)}, brightness ${brightness.toFixed(0)} of 255, the face ${face_px.toFixed(0)} pixels wide.`));
  } else if (refused) {
    told.append(element("span", refused.fixed_by === "station" ? `${refused.title}.` : refused.sentence));
    if (refused.value !== undefined && refused.limit !== undefined) {
      const unit = refused.unit ? ` (${refused.unit})` : "";
      told.append(element("small", `Measured ${figure(refused.value)}, the limit is ${figure(refused.limit)}${unit}.`));
    }
  } else {
    told.append(element("span", words));
  }
  line.append(told);
  verdicts.prepend(line);
  document.getElementById("no-verdicts").hidden = true;
}

function thumbnail(jpeg) {
  const image = document.createElement("img");
  image.alt = "";
  image.src = URL.createObjectURL(jpeg);
  image.addEventListener("load", () => URL.revokeObjectURL(image.src), { once: true });
  return image;
}

/** A JPEG as it is where that will do; whatever else the browser can show is drawn anew. */
async function fromFile(file) {
  const bitmap = await createImageBitmap(file);
  const fits = file.type === "image/jpeg" && file.size <= MOST_BYTES && Math.max(bitmap.width, bitmap.height) <= LONGEST_SIDE;
  const jpeg = fits ? file : await drawn(bitmap, bitmap.width, bitmap.height);
  bitmap.close();
  return jpeg;
}

function drawn(source, width, height) {
  const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.getContext("2d").drawImage(source, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("nothing was drawn"))), "image/jpeg", 0.93);
  });
}

function base64(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

function say(words, value, most) {
  progress.hidden = false;
  bar.hidden = value >= most;
  progress.textContent = words;
  bar.max = most;
  bar.value = value;
}

function hold(held) {
  busy = held;
  buttons.shutter.disabled = held;
  form.querySelector("button").disabled = held;
}

function wrong(words) {
  const place = document.getElementById("camera-wrong");
  place.textContent = words;
  place.hidden = words === "";
}

function element(name, words, kind = "") {
  const made = document.createElement(name);
  made.textContent = words;
  if (kind) made.className = kind;
  return made;
}

function figure(value) {
  return value.toLocaleString("en", { maximumFractionDigits: Math.abs(value) < 10 ? 3 : 1 });
}

function wait(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
