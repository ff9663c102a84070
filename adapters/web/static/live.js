// The live feed for a page: one WebSocket that comes back by itself and goes on where it was.

const SILENCE_MS = 12_000;
const LONGEST_WAIT_MS = 15_000;
const SIGNED_OUT = new Set([4401, 4403]);

/**
 * Calls `told(message)` for everything that the feed says, and `stands(state, heard)` with "live", "reconnecting",
 * "offline" or "signed-out", and when the feed was last heard in milliseconds, null where it never was. Goes on after
 * `position`; without one the first message is a snapshot. Returns a way to end it.
 */
export function follow(path, { position = null, told, stands }) {
  let socket = null;
  let silence = 0;
  let retry = 0;
  let failures = 0;
  let heard = null;
  let ended = false;

  function open() {
    clearTimeout(retry);
    const address = new URL(path, location.href);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    if (position !== null) address.searchParams.set("after", position);
    const own = (socket = new WebSocket(address));
    own.onmessage = (event) => {
      if (own !== socket) return;
      hear(JSON.parse(event.data));
    };
    own.onclose = (event) => {
      if (own === socket) closed(event.code);
    };
    listen();
  }

  function hear(message) {
    failures = 0;
    heard = Date.now();
    listen();
    stands("live", heard);
    if (message.position !== undefined) position = message.position;
    if (message.kind !== "heartbeat") told(message);
  }

  function listen() {
    clearTimeout(silence);
    silence = setTimeout(again, SILENCE_MS);
  }

  function again() {
    const old = socket;
    socket = null;
    old?.close();
    closed(0);
  }

  function closed(code) {
    clearTimeout(silence);
    socket = null;
    if (ended) return;
    if (SIGNED_OUT.has(code)) {
      ended = true;
      stands("signed-out", heard);
      return;
    }
    stands(navigator.onLine ? "reconnecting" : "offline", heard);
    const longest = Math.min(LONGEST_WAIT_MS, 250 * 2 ** failures);
    failures += 1;
    clearTimeout(retry);
    retry = setTimeout(open, Math.random() * longest);
  }

  function atOnce() {
    if (ended || document.visibilityState === "hidden") return;
    if (socket === null) {
      failures = 0;
      open();
    }
  }

  /** A socket hears of a lost network late, or never. */
  function lost() {
    if (!ended) again();
  }

  addEventListener("offline", lost);
  addEventListener("online", atOnce);
  document.addEventListener("visibilitychange", atOnce);
  open();
  return () => {
    ended = true;
    clearTimeout(silence);
    clearTimeout(retry);
    socket?.close();
  };
}
